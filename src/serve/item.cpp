#include "serve/item.hpp"

#include <cmath>

#include <dcmtk/dcmdata/dctk.h>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/sha256.hpp"
#include "dicom/own_result.hpp"
#include "finding/cine.hpp"
#include "finding/finding_json.hpp"
#include "image/codec.hpp"
#include "infer/dicom_input.hpp"

namespace lanet {
namespace {

constexpr std::size_t kGroupDigits = 16;

/// Images of a patient belong together, and the name of a group must not say who it is.
std::string group_of(const DicomFile& file) {
  OFString patient;
  if (file.dataset().findAndGetOFString(DCM_PatientID, patient).bad() || patient.empty())
    return sha256_hex("study " + file.info().study_uid).substr(0, kGroupDigits);
  return sha256_hex("patient " + std::string(patient.c_str())).substr(0, kGroupDigits);
}

void describe_dicom(Item& item, const DicomFile& file) {
  const DicomInfo& info = file.info();
  item.dicom = true;
  item.width = info.columns;
  item.height = info.rows;
  item.frames = info.frames;
  item.spacing = info.spacing;
  const std::vector<TissuePart> parts = info.tissue_parts();
  const Box whole{0, 0, static_cast<double>(info.columns), static_cast<double>(info.rows)};
  if (parts.size() == 1 && parts.front().box != whole) item.region = parts.front().box;
  item.frame_ms = info.frame_ms;
  item.group = group_of(file);
}

void check_pixels(const Item& item, const InputLimits& limits) {
  if (item.width * item.height > limits.image_pixels)
    throw DataError({"upload", std::to_string(item.width) + " x " + std::to_string(item.height) + " pixels",
                     "at most " + std::to_string(limits.image_pixels) + " pixels", ""});
}

double entropy(const std::vector<ClassProbability>& classes) {
  double sum = 0;
  for (const ClassProbability& item : classes)
    if (item.probability > 0) sum -= item.probability * std::log(item.probability);
  return classes.size() > 1 ? sum / std::log(static_cast<double>(classes.size())) : 0;
}

std::string decision_of(const std::vector<ClassProbability>& classes, const ModelCard& card) {
  std::vector<double> probabilities;
  for (const ClassProbability& item : classes) probabilities.push_back(item.probability);
  return classes.empty() ? "" : classes[decide(probabilities, decision_rule(card))].name;
}

}  // namespace

Finding KeptFinding::complete() const { return finding_from_json(json, finding.image_id); }

std::shared_ptr<Item> make_item(std::string bytes, const std::string& name, const InputLimits& limits) {
  auto item = std::make_shared<Item>();
  item->name = name;
  item->added = utc_now();
  item->size = bytes.size();
  item->content = sha256_hex(bytes).substr(0, kGroupDigits);
  if (is_dicom(bytes)) {
    item->open = std::make_shared<DicomFile>(DicomFile::parse(bytes, "upload", limits));
    if (is_own_result(*item->open))
      throw DataError({"upload", "a result of lanet", "an image that was not looked at", "open what it was made of"});
    describe_dicom(*item, *item->open);
  } else {
    const ImageHeader header = probe_image(bytes, "upload", limits);
    item->width = header.width;
    item->height = header.height;
    item->group = item->content;
  }
  check_pixels(*item, limits);
  item->bytes = std::make_shared<const std::string>(std::move(bytes));
  return item;
}

std::shared_ptr<Item> make_file_item(const std::filesystem::path& file, const InputLimits& limits) {
  std::string bytes = read_file(file, static_cast<std::uint64_t>(limits.image_bytes));
  auto item = make_item(std::move(bytes), file.filename().string(), limits);
  item->bytes.reset();
  item->open.reset();
  item->size = 0;
  item->file = file;
  return item;
}

std::string item_bytes(const Item& item) { return item.bytes ? *item.bytes : read_file(item.file); }

DicomFile& open_dicom(Item& item, const InputLimits& limits) {
  if (!item.open) item.open = std::make_shared<DicomFile>(DicomFile::parse(item_bytes(item), "upload", limits));
  return *item.open;
}

FinderInput read_frame(Item& item, std::int64_t frame, const InputLimits& limits) {
  const std::string id = item.frames > 1 ? item.name + " frame " + std::to_string(frame) : item.name;
  if (!item.dicom)
    return {
        id,
        item.bytes ? decode_image(*item.bytes, "upload", limits) : decode_image(item_bytes(item), item.name, limits),
        item.spacing, item.region};
  const std::lock_guard lock(item.pixels_mutex);
  return dicom_input(open_dicom(item, limits), frame - 1, id);
}

ItemSummary summarize(const Item& item, const std::string& model, const ModelCard& card,
                      const std::vector<std::shared_ptr<const KeptFinding>>& findings) {
  ItemSummary summary;
  summary.model = model;
  std::size_t shown = 0;
  if (item.frames > 1) {
    CineSummary cine(item.frame_ms);
    for (const auto& kept : findings) cine.add(kept->complete());
    shown = cine.steadiest();
    summary.steadiest = static_cast<std::int64_t>(shown) + 1;
    summary.classes = cine.mean_probabilities();
    for (const auto& kept : findings)
      summary.curve.push_back({static_cast<std::int64_t>(summary.curve.size()) + 1,
                               kept->finding.probability_of(card.positive_class), !kept->finding.lesions.empty()});
    summary.decision = decision_of(summary.classes, card);
  } else {
    summary.classes = findings.front()->finding.classes;
    summary.decision = findings.front()->finding.decision;
  }
  const Finding& finding = findings[shown]->finding;
  for (const ClassProbability& each : summary.classes)
    if (each.name == card.positive_class) summary.probability = each.probability;
  summary.part = finding.decision_part;
  summary.lesions = static_cast<std::int64_t>(finding.lesions.size());
  if (!finding.lesions.empty()) summary.largest = finding.lesions.front();
  summary.doubts = finding.doubts;
  summary.uncertainty = entropy(summary.classes);
  return summary;
}

}  // namespace lanet
