#include <algorithm>
#include <cctype>
#include <set>

#include "core/text.hpp"
#include "dicom/result_objects.hpp"
#include "image/codec.hpp"
#include "infer/findings_table.hpp"
#include "infer/result_algorithm.hpp"
#include "serve/api.hpp"
#include "serve/http_error.hpp"
#include "serve/item_json.hpp"
#include "serve/zip_writer.hpp"

namespace lanet {
namespace {

using Json = nlohmann::ordered_json;
using Items = std::vector<std::shared_ptr<Item>>;

constexpr std::size_t kMostZipped = 500;
constexpr std::int64_t kMostFramesOfADownload = 2000;

constexpr std::size_t kIdDigits = 8;

/// The name without its ending, in letters that every file system and header takes, and the first digits of the id: two
/// items of one name never give one file.
std::string plain_stem(const Item& item) {
  std::string stem = std::filesystem::path(item.name).stem().string();
  for (char& letter : stem)
    if (std::isalnum(static_cast<unsigned char>(letter)) == 0 && letter != '-' && letter != '_') letter = '_';
  return (stem.empty() ? "item" : stem) + "_" + item.id.substr(0, kIdDigits);
}

void send_file(httplib::Response& response, const std::string& name, const std::string& type, std::string bytes) {
  response.set_header("Content-Disposition", "attachment; filename=\"" + name + "\"");
  response.set_content(std::move(bytes), type);
}

Finding finding_of(Api& api, Item& item, std::int64_t frame, const std::string& model) {
  return api.room.finding(item, frame, model, ReadingRoom::Asker::kPerson).kept->complete();
}

/// The frame that is shown first: the steadiest where it is known.
std::int64_t chosen_frame(const Call& call, Item& item) {
  const std::lock_guard lock(item.mutex);
  const std::int64_t steadiest = item.summary ? item.summary->steadiest.value_or(1) : 1;
  return call.number("frame", steadiest, 1, item.frames);
}

std::string mask_png(const Item& item, const Finding& finding) {
  return encode_png(finding.mask.empty() ? make_mask(item.height, item.width) : finding.mask, PngMark::kResult);
}

void send_result_object(Api& api, Item& item, const std::string& kind, const std::string& model,
                        httplib::Response& response) {
  if (!item.dicom) throw HttpError(409, "format: " + kind + " is made of DICOM objects alone; this item is an image");
  if (item.frames > kMostFramesOfADownload)
    throw HttpError(413, "more than " + std::to_string(kMostFramesOfADownload) + " frames");
  const ResultKinds kinds{kind == "seg", kind == "sr", kind == "sc"};
  ResultCollector collector(result_algorithm(api.room.queue().info(model)), kinds);
  for (std::int64_t frame = 1; frame <= item.frames; ++frame)
    collector.add(frame - 1, finding_of(api, item, frame, model));
  const std::lock_guard lock(item.pixels_mutex);
  for (ResultObject& object : collector.objects(open_dicom(item, api.room.limits())))
    if (object.kind == kind)
      return send_file(response, plain_stem(item) + "_" + kind + ".dcm", "application/dicom", std::move(object.bytes));
  throw HttpError(409, "format: no segmentation, since no frame has a lesion");
}

void download(Api& api, const Call& call, httplib::Response& response) {
  const auto item = api.room.items().get(call.parts[0]);
  const std::string format = call.request.has_param("format") ? call.text("format") : "json";
  const std::string& model =
      api.room.queue().resolve(call.request.has_param("model") ? call.text("model") : item->model);
  const std::int64_t frame = chosen_frame(call, *item);
  const std::string stem = plain_stem(*item) + (item->frames > 1 ? "_f" + std::to_string(frame) : "");
  if (format == "seg" || format == "sr" || format == "sc")
    return send_result_object(api, *item, format, model, response);
  if (format != "json" && format != "mask" && format != "overlay")
    throw HttpError(400, "format: the formats are json, mask, overlay, seg, sr and sc");
  const auto kept = api.room.finding(*item, frame, model, ReadingRoom::Asker::kPerson).kept;
  if (format == "json") return send_file(response, stem + ".json", "application/json", kept->json + "\n");
  const Finding finding = kept->complete();
  if (format == "mask") return send_file(response, stem + "_mask.png", "image/png", mask_png(*item, finding));
  send_file(response, stem + "_overlay.png", "image/png", api.room.png(*item, frame, &finding));
}

/// Those that ?items= names, else all; only what has been looked at.
Items chosen_items(Api& api, const Call& call) {
  Items chosen;
  const std::string wanted = call.text("items");
  if (wanted.empty()) {
    chosen = api.room.items().list();
  } else {
    for (const std::string& id : split_text(wanted, ',')) chosen.push_back(api.room.items().get(id));
  }
  std::erase_if(chosen, [](const auto& item) {
    const std::lock_guard lock(item->mutex);
    return !item->summary;
  });
  return chosen;
}

/// Name: of the files in findings.zip.
FindingsRow row_of(Item& item) {
  const std::lock_guard lock(item.mutex);
  const ItemSummary& summary = *item.summary;
  return {item.name,       plain_stem(item), summary.decision, summary.part,
          summary.classes, summary.lesions,  summary.largest,  summary.doubts};
}

std::string findings_csv(Api& api, const Items& items) {
  const std::vector<std::string>& classes = api.room.queue().info("").card.classes;
  std::string text = findings_csv_header(classes);
  for (const auto& item : items) text += findings_csv_line(row_of(*item), classes);
  return text;
}

std::string findings_zip(Api& api, const Items& items) {
  if (items.size() > kMostZipped)
    throw HttpError(413, std::to_string(items.size()) + " items are too many for one archive, which holds " +
                             std::to_string(kMostZipped) + "; name some with ?items=");
  ZipWriter zip;
  zip.add("findings.csv", findings_csv(api, items));
  std::set<std::string> names;
  for (const auto& item : items) {
    std::int64_t frame = 1;
    {
      const std::lock_guard lock(item->mutex);
      frame = item->summary->steadiest.value_or(1);
    }
    std::string name = plain_stem(*item);
    // Ids whose first digits are the same, or a name that ends as another's id does.
    while (!names.insert(name).second) name += "_" + item->id;
    const auto kept = api.room.finding(*item, frame, "", ReadingRoom::Asker::kPerson).kept;
    const Finding finding = kept->complete();
    zip.add(name + ".json", kept->json);
    zip.add(name + "_mask.png", mask_png(*item, finding));
    zip.add(name + "_overlay.png", api.room.png(*item, frame, &finding));
  }
  return zip.finish();
}

void send_json_list(const Items& items, httplib::Response& response) {
  Json list = Json::array();
  for (const auto& item : items) list.push_back(item_json(*item));
  reply_json(response, {{"items", std::move(list)}});
  response.set_header("Content-Disposition", "attachment; filename=\"findings.json\"");
}

}  // namespace

void add_download_routes(Router& router, Api& api) {
  router.add("GET", "/v1/items/{id}/download",
             [&api](Call& call, httplib::Response& response) { download(api, call, response); });
  router.add("GET", "/v1/findings.csv", [&api](Call& call, httplib::Response& response) {
    send_file(response, "findings.csv", "text/csv; charset=utf-8", findings_csv(api, chosen_items(api, call)));
  });
  router.add("GET", "/v1/findings.json",
             [&api](Call& call, httplib::Response& response) { send_json_list(chosen_items(api, call), response); });
  router.add("GET", "/v1/findings.zip", [&api](Call& call, httplib::Response& response) {
    send_file(response, "findings.zip", "application/zip", findings_zip(api, chosen_items(api, call)));
  });
}

}  // namespace lanet
