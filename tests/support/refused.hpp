#pragma once

#include <functional>
#include <string>

namespace lanet {

/// Message of the exception that `action` throws; "" if it throws none.
template <class ExceptionType>
std::string refusal(const std::function<void()>& action) {
  try {
    action();
  } catch (const ExceptionType& error) {
    return error.what();
  }
  return "";
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace lanet
