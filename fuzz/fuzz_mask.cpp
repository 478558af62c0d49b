#include "fuzz_target.hpp"
#include "image/codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return lanet::feed(data, size, [](const std::string& bytes) {
    const lanet::Mask mask = lanet::decode_mask(bytes, "x");
    for (const std::uint8_t pixel : mask.pixels)
      if (pixel > 1) __builtin_trap();
  });
}
