#include "dataset/list_cell.hpp"

#include "core/text.hpp"

namespace lanet {

std::vector<std::string> split_list_cell(std::string_view cell) {
  std::vector<std::string> parts;
  std::string part;
  const auto finish = [&] {
    if (!trim(part).empty()) parts.push_back(trim(part));
    part.clear();
  };
  for (std::size_t place = 0; place < cell.size(); ++place) {
    if (cell.substr(place).starts_with("\\;"))
      part += cell[++place];
    else if (cell[place] == ';')
      finish();
    else
      part += cell[place];
  }
  finish();
  return parts;
}

std::string join_list_cell(const std::vector<std::string>& parts) {
  std::vector<std::string> escaped;
  for (const std::string& part : parts) escaped.push_back(join_text(split_text(part, ';'), "\\;"));
  return join_text(escaped, ";");
}

}  // namespace lanet
