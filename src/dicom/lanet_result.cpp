#include "dicom/lanet_result.hpp"

#include "dicom/own_result.hpp"
#include "image/png_mark.hpp"

namespace lanet {

bool is_lanet_result_file(const std::filesystem::path& file) {
  return is_result_picture_file(file) || is_own_result_file(file);
}

bool is_lanet_result(std::string_view first_bytes) {
  return is_result_picture(first_bytes) || is_own_result_bytes(first_bytes);
}

}  // namespace lanet
