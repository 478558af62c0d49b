#include "dicom/dicom_file.hpp"
#include "fuzz_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return lanet::feed(data, size, [](const std::string& bytes) {
    lanet::InputLimits limits;
    limits.image_pixels = 1 << 20;
    limits.dicom_bytes = 1 << 22;
    const auto file = lanet::DicomFile::parse(bytes, "x", limits);
    const lanet::Image image = file.frame(0);
    if (image.height != file.info().rows || image.width != file.info().columns) __builtin_trap();
    file.frame(file.info().frames - 1);
  });
}
