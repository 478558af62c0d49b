#include "fuzz_target.hpp"
#include "modelfile/pth.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return lanet::feed(data, size, [](const std::string& bytes) {
    for (const lanet::PthTensor& tensor : lanet::parse_pth(bytes, "x"))
      if (tensor.dtype.empty()) __builtin_trap();
  });
}
