#include "fuzz_target.hpp"
#include "serve/item_json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return lanet::feed(data, size, [](const std::string& bytes) {
    const lanet::ItemLabel label = lanet::label_from_json(bytes, 4, 6);
    if (label.mask && label.mask->pixels.size() != 24) __builtin_trap();
  });
}
