#include "fuzz_target.hpp"
#include "node/dimse_command.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return lanet::feed(data, size, [](const std::string& bytes) {
    const lanet::DimseCommand command = lanet::parse_dimse_command(bytes, "x");
    if (command.sop_class_uid.size() > bytes.size()) __builtin_trap();
  });
}
