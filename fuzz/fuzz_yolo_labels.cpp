#include "dataset/label_files.hpp"
#include "fuzz_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return lanet::feed(data, size, [](const std::string& bytes) {
    lanet::parse_yolo_labels(bytes, lanet::parse_yolo_names("benign\nmalignant\n"), "x");
  });
}
