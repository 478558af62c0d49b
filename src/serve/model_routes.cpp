#include "finding/class_meaning.hpp"
#include "serve/api.hpp"

namespace lanet {
namespace {

using Json = nlohmann::ordered_json;

/// The card's figures as JSON; an empty object where there are none.
Json metrics_of(const ModelCard& card) {
  const Json metrics = Json::parse(card.metrics, nullptr, /*allow_exceptions=*/false);
  return metrics.is_object() ? metrics : Json::object();
}

Json model_json(const std::string& name, const EngineInfo& info, bool first) {
  const ModelCard& card = info.card;
  const std::string normal = known_normal_class(card.classes);
  return {{"name", name},
          {"model_id", info.model_id},
          {"architecture", card.architecture},
          {"classes", card.classes},
          {"positive_class", card.positive_class},
          {"normal_class", normal.empty() ? Json(nullptr) : Json(normal)},
          {"input_size", card.input_size},
          {"threshold", card.threshold},
          {"lesion_threshold", normal.empty() ? Json(nullptr) : Json(card.lesion_threshold)},
          {"temperature", card.temperature},
          {"precision", info.precision},
          {"licence", card.licence},
          {"notes", card.notes},
          {"metrics", metrics_of(card)},
          {"default", first}};
}

}  // namespace

void add_model_routes(Router& router, Api& api) {
  router.add("GET", "/v1/models", [&api](Call&, httplib::Response& response) {
    Json models = Json::array();
    for (const std::string& name : api.room.queue().names())
      models.push_back(model_json(name, api.room.queue().info(name), models.empty()));
    reply_json(response, {{"models", std::move(models)}});
  });
}

}  // namespace lanet
