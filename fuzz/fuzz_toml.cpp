#include "core/limits.hpp"
#include "core/settings.hpp"
#include "fuzz_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return lanet::feed(data, size, [](const std::string& bytes) {
    lanet::InputLimits limits;
    lanet::read_toml(bytes, "x", lanet::fields_of(limits));
    limits.validate();
  });
}
