#include <algorithm>
#include <array>

#include "core/sha256.hpp"
#include "dicom/result_objects.hpp"

namespace lanet {
namespace {

constexpr int kUuidDigits = 32;  // hexadecimal

/// A hexadecimal number as a decimal one, by long division.
std::string decimal(std::string hexadecimal) {
  std::string digits;
  while (!hexadecimal.empty()) {
    int rest = 0;
    std::string quotient;
    for (const char letter : hexadecimal) {
      const int digit = letter <= '9' ? letter - '0' : letter - 'a' + 10;
      rest = rest * 16 + digit;
      if (!quotient.empty() || rest >= 10) quotient += "0123456789abcdef"[rest / 10];
      rest %= 10;
    }
    digits += static_cast<char>('0' + rest);
    hexadecimal = std::move(quotient);
  }
  std::reverse(digits.begin(), digits.end());
  return digits;
}

}  // namespace

std::string derived_uid(std::span<const std::string> parts) {
  Sha256 digest;
  for (const std::string& part : parts) digest.update(std::to_string(part.size()) + ":" + part);
  std::string uuid = digest.hex().substr(0, kUuidDigits);
  uuid[12] = '8';  // version: made by a rule of its own
  uuid[16] = "89ab"[(uuid[16] <= '9' ? uuid[16] - '0' : uuid[16] - 'a' + 10) % 4];  // variant of RFC 9562
  return "2.25." + decimal(uuid);
}

}  // namespace lanet
