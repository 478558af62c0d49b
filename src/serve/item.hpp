#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dicom/dicom_file.hpp"
#include "infer/finder.hpp"

namespace lanet {

/// A finding as it is kept: its mask only as run lengths in the JSON.
struct KeptFinding {
  Finding finding;   // without mask
  std::string json;  // docs/formats.md, on one line, with the mask
  Box region;        // part of the picture that was looked at

  /// With its mask.
  Finding complete() const;
};

/// A correction of one frame.
struct ItemLabel {
  std::string class_name;    // "" unknown
  std::optional<Mask> mask;  // nothing: location not known
  std::string saved;         // UTC, ISO 8601
};

/// The frames of a cine in short.
struct CurvePoint {
  std::int64_t frame = 1;  // from 1
  double probability = 0;  // of the positive class
  bool lesion = false;
};

/// What is known of an item after all its frames were looked at.
struct ItemSummary {
  std::string model;  // name in the list of models
  std::string decision;
  std::vector<ClassProbability> classes;
  double probability = 0;  // of the positive class
  std::int64_t part = 0;   // the part of the screen that was decided on, from 1; 0: the screen shows one picture
  std::int64_t lesions = 0;
  std::optional<Lesion> largest;
  std::vector<std::string> doubts;
  double uncertainty = 0;                 // entropy of the classes, 1: all equally probable
  std::vector<CurvePoint> curve;          // of several frames
  std::optional<std::int64_t> steadiest;  // from 1; of several frames
};

/// An image or a DICOM object that the server keeps. The constant part is read without a lock; the rest under `mutex`.
struct Item {
  std::string id;
  std::string name;    // as it was uploaded
  std::string source;  // "upload", "sample", "job"
  std::string model;   // that its summary is of; "": the first
  std::string added;   // UTC, ISO 8601
  std::uint64_t order = 0;
  bool dicom = false;
  std::int64_t width = 0, height = 0, frames = 1;
  std::optional<PixelSpacing> spacing;
  std::optional<Box> region;
  std::optional<double> frame_ms;
  std::string group;                         // of a patient or a file, without a name
  std::string content;                       // first digits of the bytes' digest: the same for the same file
  std::shared_ptr<const std::string> bytes;  // null: in `file`
  std::filesystem::path file;                // of a sample
  std::uint64_t size = 0;

  std::mutex mutex;
  std::string state = "waiting";  // "done", "failed"
  std::string problem;
  std::optional<ItemSummary> summary;
  std::map<std::pair<std::string, std::int64_t>, std::shared_ptr<const KeptFinding>> findings;  // by model and frame
  std::map<std::int64_t, ItemLabel> labels;                                                     // by frame, from 1

  std::mutex pixels_mutex;  // the DICOM library reads one frame at a time
  std::shared_ptr<DicomFile> open;
};

/// Reads what an upload is: a DICOM object or an image, its size, spacing and patient. Throws DataError.
std::shared_ptr<Item> make_item(std::string bytes, const std::string& name, const InputLimits& limits);
/// The same of an image file that stays where it is.
std::shared_ptr<Item> make_file_item(const std::filesystem::path& file, const InputLimits& limits);

/// The whole object as it was uploaded.
std::string item_bytes(const Item& item);
/// Pixels of a frame (from 1) with what the finder needs. Throws DataError.
FinderInput read_frame(Item& item, std::int64_t frame, const InputLimits& limits);
/// The DICOM object; only of an item that is one. The caller holds pixels_mutex.
DicomFile& open_dicom(Item& item, const InputLimits& limits);

/// The item's summary from the findings of all its frames, in order.
ItemSummary summarize(const Item& item, const std::string& model, const ModelCard& card,
                      const std::vector<std::shared_ptr<const KeptFinding>>& findings);

}  // namespace lanet
