#include "fuzz_target.hpp"
#include "modelfile/checkpoint_state.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return lanet::feed(
      data, size, [](const std::string& bytes) { lanet::checkpoint_state(lanet::SafetensorsFile::parse(bytes, "x")); });
}
