#include "core/csv.hpp"
#include "fuzz_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return lanet::feed(data, size, [](const std::string& bytes) {
    const lanet::CsvTable table = lanet::parse_csv(bytes, "x");
    // What was read can be written and read again.
    const lanet::CsvTable again = lanet::parse_csv(lanet::to_csv(table.columns, table.rows), "x");
    if (again.rows != table.rows || again.columns != table.columns) __builtin_trap();
  });
}
