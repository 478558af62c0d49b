#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dicom/dicom_file.hpp"
#include "finding/finding.hpp"

namespace lanet {

/// What made the findings: named in every object, as IHE AI Results asks.
struct ResultAlgorithm {
  std::string model;          // "breast_lite0"
  std::string model_version;  // digest of the weights
};

/// Which objects to make.
struct ResultKinds {
  bool segmentation = true;       // DICOM Segmentation: a segment a lesion, frames with a lesion only
  bool report = true;             // Comprehensive SR, TID 1500
  bool secondary_capture = true;  // the overlay; of a cine: of its steadiest frame
};

/// A DICOM object as the bytes of a PS3.10 file.
struct ResultObject {
  std::string kind;  // "seg", "sr", "sc"
  std::string sop_class_uid;
  std::string sop_instance_uid;
  std::string bytes;
};

/// The same as make_result_objects below for findings that come one after another: a frame's mask is kept as bits of
/// its lesions' boxes, so that the findings of a cine never lie in memory whole.
class ResultCollector {
 public:
  explicit ResultCollector(ResultAlgorithm algorithm, ResultKinds kinds = {});
  ~ResultCollector();
  ResultCollector(ResultCollector&&) noexcept;
  ResultCollector& operator=(ResultCollector&&) noexcept;

  /// The finding of a frame, from 0, in rising order; frames that could not be read are left out. Throws
  /// std::invalid_argument for another order.
  void add(std::int64_t frame, const Finding& finding);
  /// Throws std::invalid_argument without a finding or for one that is not of the source's size, DataError for a source
  /// without UIDs or a frame that cannot be decoded.
  std::vector<ResultObject> objects(const DicomFile& source) const;

 private:
  struct Collected;
  std::unique_ptr<Collected> collected_;
};

/// Objects that say in an archive what was found: they refer to the source, keep its patient and study, and name the
/// algorithm. findings: one a frame of the source, in order, with their masks. Without a lesion in any frame there is
/// no segmentation. UIDs are derived from the source's and the algorithm: the same finding twice is the same object.
/// Throws std::invalid_argument for another number of findings than frames, DataError for a source without UIDs.
std::vector<ResultObject> make_result_objects(const DicomFile& source, std::span<const Finding> findings,
                                              const ResultAlgorithm& algorithm, const ResultKinds& kinds = {});

/// A UID below 2.25 (PS3.5 B.2) that depends on nothing but `parts`, in order.
std::string derived_uid(std::span<const std::string> parts);

}  // namespace lanet
