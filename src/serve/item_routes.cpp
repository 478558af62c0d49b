#include "serve/api.hpp"
#include "serve/http_error.hpp"
#include "serve/item_json.hpp"

namespace lanet {
namespace {

using Json = nlohmann::ordered_json;

void list_items(Api& api, httplib::Response& response) {
  Json items = Json::array();
  for (const auto& item : api.room.items().list()) items.push_back(item_json(*item));
  reply_json(response, {{"items", std::move(items)}});
}

void delete_item(Api& api, const Call& call, httplib::Response& response) {
  api.room.items().remove(call.parts[0]);
  response.status = 204;
}

void get_image(Api& api, const Call& call, httplib::Response& response) {
  const auto item = api.room.items().get(call.parts[0]);
  response.set_content(api.room.png(*item, call.frame_part(1)), "image/png");
}

void get_finding(Api& api, const Call& call, httplib::Response& response) {
  const auto item = api.room.items().get(call.parts[0]);
  const std::string model = call.text("model");
  const auto kept = api.room.finding(*item, call.frame_part(1), model, ReadingRoom::Asker::kPerson).kept;
  response.set_content(kept->json, "application/json");
}

/// Index of the class that is asked for; the positive one where none is.
std::size_t class_index(const ModelCard& card, const std::string& name) {
  const std::string& wanted = name.empty() ? card.positive_class : name;
  for (std::size_t index = 0; index < card.classes.size(); ++index)
    if (card.classes[index] == wanted) return index;
  throw HttpError(404, "class: the model knows no such class");
}

void get_heat(Api& api, const Call& call, httplib::Response& response) {
  const auto item = api.room.items().get(call.parts[0]);
  const std::string model = call.request.has_param("model") ? call.text("model") : item->model;
  const ModelCard& card = api.room.queue().info(model).card;
  const std::size_t index = class_index(card, call.text("class"));
  const Found found = api.room.activation(*item, call.frame_part(1), model);
  if (found.activation.empty())
    throw HttpError(409, "model: it has no class activation, but lanet needs a single model");
  const ProbabilityMap& map = found.activation.at(index);
  const Box& region = found.prediction.region;
  reply_json(response, {{"class", card.classes[index]},
                        {"height", map.height},
                        {"width", map.width},
                        {"region", {region.x1, region.y1, region.x2, region.y2}},
                        {"values", map.values}});
}

}  // namespace

void add_item_routes(Router& router, Api& api) {
  router.add("GET", "/v1/items", [&api](Call&, httplib::Response& response) { list_items(api, response); });
  router.add("GET", "/v1/items/{id}", [&api](Call& call, httplib::Response& response) {
    reply_json(response, item_json(*api.room.items().get(call.parts[0])));
  });
  router.add("DELETE", "/v1/items/{id}",
             [&api](Call& call, httplib::Response& response) { delete_item(api, call, response); });
  router.add("GET", "/v1/items/{id}/frames/{frame}/image",
             [&api](Call& call, httplib::Response& response) { get_image(api, call, response); });
  router.add("GET", "/v1/items/{id}/frames/{frame}/finding",
             [&api](Call& call, httplib::Response& response) { get_finding(api, call, response); });
  router.add("GET", "/v1/items/{id}/frames/{frame}/heat",
             [&api](Call& call, httplib::Response& response) { get_heat(api, call, response); });
}

}  // namespace lanet
