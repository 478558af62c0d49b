#include "dataset/nnunet_labels.hpp"
#include "fuzz_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return lanet::feed(data, size, [](const std::string& bytes) {
    const lanet::NnUnetLabels labels = lanet::parse_nnunet_labels(bytes, "x");
    for (const auto& label : labels.lesions)
      if (label.first <= 0) __builtin_trap();
  });
}
