#include "dicom/dicomdir.hpp"
#include "fuzz_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return lanet::feed(data, size, [](const std::string& bytes) {
    lanet::InputLimits limits;
    limits.dicom_bytes = 1 << 22;
    const lanet::DicomdirImages images = lanet::parse_dicomdir(bytes, "x", limits);
    for (const auto& file : images.files)
      if (file.empty() || file.is_absolute() || file.lexically_normal().string().starts_with("..")) __builtin_trap();
  });
}
