#include "core/text.hpp"
#include "finding/cine.hpp"
#include "serve/api.hpp"
#include "serve/http_error.hpp"
#include "serve/item_json.hpp"
#include "serve/multipart.hpp"
#include "serve/request_head.hpp"

namespace lanet {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostParts = 16;     // of a form with one file
constexpr std::int64_t kMostFrames = 500;  // found while the client waits

/// A file that was sent, by itself or in a form.
struct Upload {
  std::string name;
  std::string bytes;
};

/// The only field `file` of a form, or the whole body.
Upload upload_of(const Call& call, const Body& body) {
  const std::string type = call.request.get_header_value(kContentType);
  if (!to_lower(type).starts_with("multipart/")) return {plain_file_name(call.text("name")), body.bytes()};
  const auto boundary = multipart_boundary(type);
  if (!boundary) throw HttpError(400, "Content-Type: lanet needs multipart/form-data with a boundary");
  for (const FormPart& part : parse_multipart(body.bytes(), *boundary, kMostParts))
    if (part.name == "file")
      return {call.request.has_param("name") ? plain_file_name(call.text("name")) : plain_file_name(part.file_name),
              std::string(part.content)};
  throw HttpError(400, "body: a form without the field file");
}

Json finding_of(const KeptFinding& kept, bool with_mask) {
  Json json = Json::parse(kept.json);
  if (!with_mask) json.erase("mask");
  return json;
}

/// Findings of the first `frames` frames.
Json find_frames(Api& api, Item& item, std::int64_t frames, const std::string& model, bool mask, Json& times) {
  Json findings = Json::array();
  TimedFinding total;
  for (std::int64_t frame = 1; frame <= frames; ++frame) {
    const TimedFinding finding = api.room.finding(item, frame, model, ReadingRoom::Asker::kPerson);
    total.decode_ms += finding.decode_ms;
    total.find_ms += finding.find_ms;
    total.wait_ms += finding.wait_ms;
    findings.push_back(finding_of(*finding.kept, mask));
  }
  times = {{"decode", total.decode_ms}, {"find", total.find_ms}, {"wait", total.wait_ms}};
  return findings;
}

Json cine_json(const Item& item, const std::string& model) {
  CineSummary cine(item.frame_ms);
  for (std::int64_t frame = 1; frame <= item.frames; ++frame) cine.add(item.findings.at({model, frame})->complete());
  return Json::parse(cine.json(item.name));
}

void keep_item(Api& api, const std::shared_ptr<Item>& item) {
  item->source = "upload";
  item->labels = api.labels.saved(*item);
  api.room.items().add(item);
  if (!item->labels.empty()) api.room.items().keep(item->id, true);
}

void post_finding(Api& api, Call& call, httplib::Response& response) {
  const bool keep = call.flag("keep", false), mask = call.flag("mask", true);
  const std::string& model = api.room.queue().resolve(call.text("model"));
  const Body body(call.reader, static_cast<std::uint64_t>(api.options.upload_bytes), api.receiving);
  if (body.bytes().empty()) throw HttpError(400, "body: empty, but lanet needs an image or a DICOM object");
  Upload upload = upload_of(call, body);
  const auto item = make_item(std::move(upload.bytes), upload.name, api.room.limits());
  item->model = model;
  if (!keep && item->frames > kMostFrames)
    throw HttpError(413, std::to_string(item->frames) + " frames, but lanet takes at most " +
                             std::to_string(kMostFrames) + " without keep=true");
  // Of a cine that is kept the background finds the rest.
  const std::int64_t frames = keep ? 1 : item->frames;
  Json times;
  Json findings = find_frames(api, *item, frames, model, mask, times);
  Json summary = nullptr;
  if (item->frames > 1 && frames == item->frames) summary = cine_json(*item, model);
  if (keep) {
    keep_item(api, item);
    api.room.finish(*item);
    api.room.read_later(item);
  }
  reply_json(response, {{"item", keep ? Json(item->id) : Json(nullptr)},
                        {"name", item->name},
                        {"kind", item->dicom ? "dicom" : "image"},
                        {"width", item->width},
                        {"height", item->height},
                        {"frames", item->frames},
                        {"findings", std::move(findings)},
                        {"summary", std::move(summary)},
                        {"milliseconds", std::move(times)}});
}

}  // namespace

void add_finding_routes(Router& router, Api& api) {
  router.add("POST", "/v1/findings",
             [&api](Call& call, httplib::Response& response) { post_finding(api, call, response); });
}

}  // namespace lanet
