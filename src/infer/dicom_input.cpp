#include "infer/dicom_input.hpp"

namespace lanet {

FinderInput dicom_input(const DicomFile& file, std::int64_t frame, std::string id) {
  const DicomInfo& info = file.info();
  FinderInput input{std::move(id), file.frame(frame), info.spacing, std::nullopt};
  input.doubts = info.doubts;
  const std::vector<TissuePart> parts = info.tissue_parts();
  if (parts.size() == 1) input.region = parts.front().box;
  if (parts.size() > 1)
    for (const TissuePart& part : parts) input.parts.push_back({part.box, part.spacing});
  return input;
}

}  // namespace lanet
