#include "core/encoding.hpp"
#include "fuzz_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return lanet::feed(data, size, [](const std::string& bytes) {
    if (!lanet::is_utf8(lanet::decode_text(bytes).text)) __builtin_trap();
  });
}
