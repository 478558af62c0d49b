#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base64.hpp"
#include "image/image.hpp"

namespace lanet {

/// Building stones of a self-contained HTML page. Arguments named `text` are escaped; those named `html` are taken as
/// they are.

/// <img> with the picture inside as JPEG.
std::string picture_tag(const Image& image, const std::string& alternative_text);

struct TableCell {
  std::string text;
  bool number = false;  // right-aligned
};
std::string table(const std::vector<std::string>& head, const std::vector<std::vector<TableCell>>& rows);
/// A heading and what belongs to it; nothing for empty content.
std::string section(const std::string& title_text, const std::string& html);
/// The whole document. Nothing in it is loaded from elsewhere.
std::string page(const std::string& title_text, const std::string& html);

}  // namespace lanet
