#include "fuzz_target.hpp"
#include "image/codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return lanet::feed(data, size, [](const std::string& bytes) {
    const lanet::Image image = lanet::decode_image(bytes, "x");
    if (image.height * image.width * image.channels != static_cast<std::int64_t>(image.pixels.size())) __builtin_trap();
  });
}
