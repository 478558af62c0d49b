#include "dicom/truth_segmentation.hpp"
#include "fuzz_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return lanet::feed(data, size, [](const std::string& bytes) {
    lanet::InputLimits limits;
    limits.image_pixels = 1 << 20;
    limits.dicom_bytes = 1 << 22;
    const auto file = lanet::DicomFile::parse(bytes, "x", limits);
    for (const auto& [key, mask] : lanet::read_segmentation_masks(file))
      if (key.first.empty() || mask.height != file.info().rows || mask.width != file.info().columns) __builtin_trap();
    lanet::patient_pseudonym(file);
  });
}
