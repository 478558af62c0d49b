#include "fuzz_target.hpp"
#include "modelfile/model_card.hpp"
#include "modelfile/safetensors.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return lanet::feed(data, size, [](const std::string& bytes) {
    const auto file = lanet::SafetensorsFile::parse(bytes, "x");
    for (const lanet::TensorInfo& tensor : file.tensors())
      if (file.bytes(tensor).size() != tensor.end - tensor.begin) __builtin_trap();
    lanet::card_from_metadata(file.metadata(), "x");
  });
}
