#include <algorithm>

#include "serve/api.hpp"
#include "serve/http_error.hpp"
#include "serve/item_json.hpp"

namespace lanet {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kLabelBytes = 8 << 20;
constexpr std::int64_t kMostSuggestions = 1000;
constexpr std::int64_t kGroupsNeeded = 3;  // train, val, test

void check_frame(const Item& item, std::int64_t frame) {
  if (frame > item.frames)
    throw HttpError(
        404, "there is no frame " + std::to_string(frame) + "; the frames are 1 to " + std::to_string(item.frames));
}

void put_label(Api& api, Call& call, httplib::Response& response) {
  const auto item = api.room.items().get(call.parts[0]);
  const std::int64_t frame = call.frame_part(1);
  check_frame(*item, frame);
  const Body body(call.reader, kLabelBytes, api.receiving);
  const ItemLabel label = label_from_json(body.bytes(), item->height, item->width);
  auto& queue = api.room.queue();
  api.labels.save(*item, frame, api.room.pixels(*item, frame).image, label,
                  queue.info(queue.names().front()).card.positive_class);
  {
    const std::lock_guard lock(item->mutex);
    item->labels[frame] = label;
  }
  api.room.items().keep(item->id, true);
  reply_json(response, item_json(*item));
}

void get_label(Api& api, Call& call, httplib::Response& response) {
  const auto item = api.room.items().get(call.parts[0]);
  const std::int64_t frame = call.frame_part(1);
  const std::lock_guard lock(item->mutex);
  const auto found = item->labels.find(frame);
  if (found == item->labels.end()) throw HttpError(404, "the frame has no correction");
  reply_json(response, label_json(found->second));
}

void delete_label(Api& api, Call& call, httplib::Response& response) {
  const auto item = api.room.items().get(call.parts[0]);
  const std::int64_t frame = call.frame_part(1);
  check_frame(*item, frame);
  api.labels.remove(*item, frame);
  bool any = false;
  {
    const std::lock_guard lock(item->mutex);
    item->labels.erase(frame);
    any = !item->labels.empty();
  }
  api.room.items().keep(item->id, any);
  response.status = 204;
}

/// A word as a shell takes it.
std::string shell_word(const std::string& text) {
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0 ||
           std::string_view("/._-").find(letter) != std::string_view::npos;
  });
  if (plain) return text;
  std::string quoted = "'";
  for (const char letter : text) quoted += letter == '\'' ? "'\\''" : std::string(1, letter);
  return quoted + "'";
}

void get_labels(Api& api, httplib::Response& response) {
  const LabelFolder::Summary summary = api.labels.summary();
  const std::string folder = shell_word(api.labels.folder().string());
  Json next = Json::array();
  if (summary.images > 0)
    next = {"lanet data audit " + folder, "lanet data split " + folder,
            "lanet train lite0_pyramid_256 --data " + folder + " --name corrected",
            "lanet serve --model breast_lite0 --model runs/corrected/best.safetensors"};
  Json groups = Json::object();
  for (const auto& [name, count] : summary.groups) groups[name] = count;
  Json classes = Json::object();
  for (const auto& [name, count] : summary.classes) classes[name] = count;
  reply_json(response, {{"folder", api.labels.folder().string()},
                        {"images", summary.images},
                        {"manifest", summary.images > 0 ? Json(api.labels.manifest_path().string()) : Json(nullptr)},
                        {"classes", std::move(classes)},
                        {"groups", std::move(groups)},
                        {"groups_needed", kGroupsNeeded},
                        {"next", std::move(next)}});
}

void get_suggestions(Api& api, const Call& call, httplib::Response& response) {
  const auto count = static_cast<std::size_t>(call.number("count", 5, 1, kMostSuggestions));
  std::vector<std::pair<double, std::string>> open;
  for (const auto& item : api.room.items().list()) {
    const std::lock_guard lock(item->mutex);
    if (item->summary && item->labels.empty()) open.emplace_back(item->summary->uncertainty, item->id);
  }
  std::stable_sort(open.begin(), open.end(),
                   [](const auto& first, const auto& second) { return first.first > second.first; });
  Json items = Json::array();
  for (const auto& [uncertainty, id] : open)
    if (items.size() < count) items.push_back(id);
  reply_json(response, {{"items", std::move(items)}});
}

}  // namespace

void add_label_routes(Router& router, Api& api) {
  const std::string label = "/v1/items/{id}/frames/{frame}/label";
  router.add("GET", label, [&api](Call& call, httplib::Response& response) { get_label(api, call, response); });
  router.add("PUT", label, [&api](Call& call, httplib::Response& response) { put_label(api, call, response); });
  router.add("DELETE", label, [&api](Call& call, httplib::Response& response) { delete_label(api, call, response); });
  router.add("GET", "/v1/labels", [&api](Call&, httplib::Response& response) { get_labels(api, response); });
  router.add("GET", "/v1/suggestions",
             [&api](Call& call, httplib::Response& response) { get_suggestions(api, call, response); });
}

}  // namespace lanet
