#include "dicom/result_objects.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <stdexcept>

#include "core/error.hpp"
#include "core/sha256.hpp"
#include "dicom/lesion_frame.hpp"
#include "dicom/result_parts.hpp"
#include "dicom/secondary_capture.hpp"
#include "dicom/segmentation.hpp"
#include "dicom/structured_report.hpp"
#include "finding/cine.hpp"
#include "finding/finding_json.hpp"

namespace lanet {
namespace {

/// The machine's local time, as the scanner's dates are local.
std::string local_time(const char* format) {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), format, &parts);
  return text.data();
}

void check_source(const DicomFile& source) {
  const DicomInfo& info = source.info();
  for (const auto& [uid, name] : {std::pair{info.sop_class_uid, "SOP Class UID"},
                                  {info.sop_instance_uid, "SOP Instance UID"},
                                  {info.series_uid, "Series Instance UID"},
                                  {info.study_uid, "Study Instance UID"}})
    if (uid.empty())
      throw DataError({source.place(), std::string("no ") + name, "an object that others can refer to", ""});
}

void check_frames(const DicomInfo& info, const std::vector<LesionFrame>& frames) {
  if (frames.empty()) throw std::invalid_argument("result objects without a finding");
  for (const LesionFrame& frame : frames)
    if (frame.frame >= info.frames ||
        (frame.mask_height > 0 && (frame.mask_height != info.rows || frame.mask_width != info.columns)))
      throw std::invalid_argument("a finding that is not of the source");
}

}  // namespace

struct ResultCollector::Collected {
  ResultAlgorithm algorithm;
  ResultKinds kinds;
  std::vector<LesionFrame> frames;
  CineSummary summary;
  std::string digest;  // of all findings so far
};

ResultCollector::ResultCollector(ResultAlgorithm algorithm, ResultKinds kinds)
    : collected_(std::make_unique<Collected>(Collected{std::move(algorithm), kinds, {}, CineSummary(), ""})) {}
ResultCollector::~ResultCollector() = default;
ResultCollector::ResultCollector(ResultCollector&&) noexcept = default;
ResultCollector& ResultCollector::operator=(ResultCollector&&) noexcept = default;

void ResultCollector::add(std::int64_t frame, const Finding& finding) {
  if (frame < 0 || (!collected_->frames.empty() && frame <= collected_->frames.back().frame))
    throw std::invalid_argument("findings of frames that do not rise");
  collected_->frames.push_back(pack_lesions(frame, finding));
  collected_->summary.add(finding);
  Finding nameless = finding;  // a file's name is no part of what was found
  nameless.image_id.clear();
  collected_->digest = sha256_hex(collected_->digest + std::to_string(frame) + to_json_line(nameless));
}

std::vector<ResultObject> ResultCollector::objects(const DicomFile& source) const {
  check_source(source);
  check_frames(source.info(), collected_->frames);
  const ResultKinds& kinds = collected_->kinds;
  const ResultContext context{source,
                              collected_->algorithm,
                              collected_->frames,
                              collected_->digest,
                              local_time("%Y%m%d"),
                              local_time("%H%M%S")};
  const LesionFrame& shown = context.frames[collected_->summary.steadiest()];
  const auto segmentation = kinds.segmentation ? make_segmentation(context) : std::nullopt;
  const auto capture = kinds.secondary_capture ? std::optional(make_secondary_capture(context, shown)) : std::nullopt;
  std::vector<ResultObject> objects;
  if (segmentation) objects.push_back(*segmentation);
  if (kinds.report)
    objects.push_back(make_structured_report(
        context, {shown, context.is_cine() ? collected_->summary.mean_probabilities() : std::vector<ClassProbability>{},
                  segmentation ? &*segmentation : nullptr, capture ? &*capture : nullptr}));
  if (capture) objects.push_back(*capture);
  return objects;
}

std::vector<ResultObject> make_result_objects(const DicomFile& source, std::span<const Finding> findings,
                                              const ResultAlgorithm& algorithm, const ResultKinds& kinds) {
  if (static_cast<std::int64_t>(findings.size()) != source.info().frames)
    throw std::invalid_argument(std::to_string(findings.size()) + " findings for " +
                                std::to_string(source.info().frames) + " frames");
  ResultCollector collector(algorithm, kinds);
  for (std::size_t frame = 0; frame < findings.size(); ++frame)
    collector.add(static_cast<std::int64_t>(frame), findings[frame]);
  return collector.objects(source);
}

}  // namespace lanet
