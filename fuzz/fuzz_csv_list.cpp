#include "dataset/csv_list.hpp"
#include "fuzz_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return lanet::feed(data, size, [](const std::string& bytes) {
    lanet::ImportReport report;
    lanet::read_csv_list(lanet::parse_csv(bytes, "x", &report.problems), 100, report);
  });
}
