#include "dataset/manifest.hpp"
#include "fuzz_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return lanet::feed(data, size,
                     [](const std::string& bytes) { lanet::parse_manifest(lanet::parse_csv(bytes, "x"), "folder"); });
}
