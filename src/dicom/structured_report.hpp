#pragma once

#include <optional>
#include <vector>

#include "dicom/result_parts.hpp"

namespace lanet {

/// What a report says beside the frames' own findings.
struct ReportFacts {
  const LesionFrame& shown;                    // of a cine: its steadiest frame
  std::vector<ClassProbability> mean;          // of a cine: over its frames with a lesion; empty for a single image
  const ResultObject* segmentation = nullptr;  // nullptr: there is none
  const ResultObject* secondary_capture = nullptr;  // nullptr: there is none
};

/// Comprehensive SR by TID 1500 "Measurement Report": what was looked at, the probability of every class and the
/// decision (TID 1501), each lesion of the shown frame with its sizes and its frame of the segmentation (TID 1410), the
/// algorithm (TID 4019), doubts in words. A frame, part or cine that was decided as normal has the finding "No
/// abnormality detected" and no lesion's group.
ResultObject make_structured_report(const ResultContext& context, const ReportFacts& facts);

}  // namespace lanet
