#pragma once

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
  bool segmentation = true;       // DICOM Segmentation: one segment a lesion class, frames with a lesion only
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

/// Objects that say in an archive what was found: they refer to the source, keep its patient and study, and name the
/// algorithm. findings: one a frame of the source, in order, with their masks. Without a lesion in any frame there is
/// no segmentation. UIDs are derived from the source's and the algorithm: the same finding twice is the same object.
/// Throws std::invalid_argument for another number of findings than frames, DataError for a source without UIDs.
std::vector<ResultObject> make_result_objects(const DicomFile& source, std::span<const Finding> findings,
                                              const ResultAlgorithm& algorithm, const ResultKinds& kinds = {});

/// A UID below 2.25 (PS3.5 B.2) that depends on nothing but `parts`, in order.
std::string derived_uid(std::span<const std::string> parts);

}  // namespace lanet
