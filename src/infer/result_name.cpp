#include "infer/result_name.hpp"

#include "image/codec.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

fs::path without_extension(const fs::path& name) {
  const std::string extension = name.extension().string();
  if (has_image_extension(name) || extension == ".dcm" || extension == ".DCM" || extension == ".dicom")
    return fs::path(name).replace_extension();
  return name;
}

}  // namespace

std::string result_name(const fs::path& relative, std::set<std::string>& taken) {
  const std::string wanted = without_extension(relative.lexically_normal()).generic_string();
  std::string name = wanted;
  for (int number = 2; !taken.insert(name).second; ++number) name = wanted + "_" + std::to_string(number);
  return name;
}

}  // namespace lanet
