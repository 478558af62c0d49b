#include "evaluate/image_result.hpp"
#include "fuzz_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return lanet::feed(data, size, [](const std::string& bytes) {
    const lanet::ResultTable table = lanet::results_from_csv(bytes, "x");
    lanet::results_to_csv(table.results, table.classes);
  });
}
