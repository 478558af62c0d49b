#include "core/error.hpp"

namespace lanet {

std::string Problem::line() const {
  std::string text = place;
  const auto append = [&text](const std::string& separator, const std::string& part) {
    if (part.empty()) return;
    if (!text.empty()) text += separator;
    text += part;
  };
  if (!got.empty()) append(": ", "got " + got);
  if (!expected.empty()) append(got.empty() ? ": " : ", ", "expected " + expected);
  append("; ", remedy);
  for (char& letter : text)
    if (letter == '\n' || letter == '\r') letter = ' ';
  return text;
}

}  // namespace lanet
