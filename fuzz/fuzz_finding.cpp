#include "finding/finding_json.hpp"
#include "fuzz_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return lanet::feed(data, size, [](const std::string& bytes) {
    const lanet::Finding finding = lanet::finding_from_json(bytes, "x");
    lanet::finding_from_json(lanet::to_json(finding), "x");
  });
}
