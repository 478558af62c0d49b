#include "core/encoding.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>

#include <openssl/evp.h>
#include <unicode/ucnv.h>
#include <unicode/ucsdet.h>
#include <unicode/unistr.h>

#include "core/file.hpp"

namespace lanet {
namespace {

struct ByteOrderMark {
  std::string_view bytes;
  const char* encoding;
};

// The marks of UTF-32 first: that of UTF-16 LE begins the one of UTF-32 LE.
constexpr std::array<ByteOrderMark, 5> kMarks = {{{{"\x00\x00\xFE\xFF", 4}, "UTF-32 BE"},
                                                  {{"\xFF\xFE\x00\x00", 4}, "UTF-32 LE"},
                                                  {{"\xEF\xBB\xBF", 3}, "UTF-8"},
                                                  {{"\xFE\xFF", 2}, "UTF-16 BE"},
                                                  {{"\xFF\xFE", 2}, "UTF-16 LE"}}};

constexpr std::array<const char*, 5> kEastAsian = {"GB18030", "Shift_JIS", "EUC-JP", "EUC-KR", "Big5"};

bool is_ascii(char letter) { return static_cast<unsigned char>(letter) < 0x80; }

std::string to_utf8(std::string_view bytes, std::string encoding) {
  encoding.erase(std::remove(encoding.begin(), encoding.end(), ' '), encoding.end());  // ICU writes UTF-16LE
  constexpr auto kMost = static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max());
  UErrorCode code = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, decltype(&ucnv_close)> converter(ucnv_open(encoding.c_str(), &code), ucnv_close);
  if (U_FAILURE(code)) return std::string(bytes);
  const icu::UnicodeString text(bytes.data(), static_cast<std::int32_t>(std::min(bytes.size(), kMost)), converter.get(),
                                code);
  std::string utf8;
  text.toUTF8String(utf8);
  return utf8;
}

/// "UTF-16 LE" or "UTF-16 BE" where every other byte of the beginning is zero, as in ASCII letters of two bytes; else
/// "".
std::string utf16_without_mark(std::string_view bytes) {
  constexpr std::size_t kLooked = 4096;
  const std::size_t pairs = std::min(bytes.size(), kLooked) / 2;
  if (pairs == 0 || bytes.size() % 2 != 0) return "";
  std::size_t even = 0, odd = 0;
  for (std::size_t pair = 0; pair < pairs; ++pair) {
    even += bytes[2 * pair] == '\0';
    odd += bytes[2 * pair + 1] == '\0';
  }
  if (odd > pairs / 2 && even == 0) return "UTF-16 LE";
  if (even > pairs / 2 && odd == 0) return "UTF-16 BE";
  return "";
}

/// Letters of two bytes come in runs of even length; those of European words mostly stand alone between ASCII.
bool may_be_east_asian(std::string_view bytes) {
  std::size_t run = 0, runs = 0;
  for (const char letter : bytes) {
    if (!is_ascii(letter)) {
      ++run;
      continue;
    }
    if (run % 2 != 0) return false;
    runs += run > 0;
    run = 0;
  }
  return run % 2 == 0 && runs + run > 0;
}

std::string detect_east_asian(std::string_view bytes) {
  constexpr std::size_t kLooked = 1 << 16;
  constexpr std::int32_t kSure = 60;  // of 100; a few words are not enough for more
  UErrorCode code = U_ZERO_ERROR;
  const std::unique_ptr<UCharsetDetector, decltype(&ucsdet_close)> detector(ucsdet_open(&code), ucsdet_close);
  if (U_FAILURE(code)) return kEastAsian.front();
  ucsdet_setText(detector.get(), bytes.data(), static_cast<std::int32_t>(std::min(bytes.size(), kLooked)), &code);
  std::int32_t count = 0;
  const UCharsetMatch** matches = ucsdet_detectAll(detector.get(), &count, &code);
  for (std::int32_t index = 0; U_SUCCESS(code) && index < count; ++index) {
    if (ucsdet_getConfidence(matches[index], &code) < kSure) break;  // the most likely one stands first
    const std::string name = ucsdet_getName(matches[index], &code);
    if (std::find(kEastAsian.begin(), kEastAsian.end(), name) != kEastAsian.end()) return name;
  }
  return kEastAsian.front();
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  for (std::size_t index = 0; index < bytes.size();) {
    const auto lead = static_cast<unsigned char>(bytes[index]);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xC2 ? 0
                               : lead < 0xE0 ? 2
                               : lead < 0xF0 ? 3
                               : lead < 0xF5 ? 4
                                             : 0;
    if (length == 0 || index + length > bytes.size()) return false;
    char32_t point = length == 1 ? lead : lead & (0xFF >> (length + 1));
    for (std::size_t part = 1; part < length; ++part) {
      const auto next = static_cast<unsigned char>(bytes[index + part]);
      if ((next & 0xC0) != 0x80) return false;
      point = point << 6 | (next & 0x3F);
    }
    const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    if (overlong || (point >= 0xD800 && point < 0xE000) || point > 0x10FFFF) return false;
    index += length;
  }
  return true;
}

DecodedText decode_text(std::string_view bytes) {
  for (const ByteOrderMark& mark : kMarks) {
    if (!bytes.starts_with(mark.bytes)) continue;
    const std::string_view rest = bytes.substr(mark.bytes.size());
    const bool plain = std::string_view(mark.encoding) == "UTF-8" && is_utf8(rest);
    return {plain ? std::string(rest) : to_utf8(rest, mark.encoding), mark.encoding, false};
  }
  const std::string wide = utf16_without_mark(bytes);
  if (!wide.empty()) return {to_utf8(bytes, wide), wide, true};
  if (is_utf8(bytes)) return {std::string(bytes), "UTF-8", false};
  const std::string guess = may_be_east_asian(bytes) ? detect_east_asian(bytes) : "windows-1252";
  return {to_utf8(bytes, guess), guess, true};
}

DecodedText read_decoded_file(const std::filesystem::path& path) { return decode_text(read_text_file(path)); }

std::string encoding_note(const DecodedText& decoded, const std::string& place) {
  if (decoded.guessed) return place + " is read as " + decoded.encoding + "; save it as UTF-8 if letters look wrong";
  return decoded.encoding == "UTF-8" ? "" : place + " is read as " + decoded.encoding;
}

std::optional<std::string> decode_base64(std::string_view text) {
  std::string letters;
  for (const char letter : text)
    if (std::string_view(" \t\r\n").find(letter) == std::string_view::npos) letters += letter;
  constexpr auto kMost = static_cast<std::size_t>(std::numeric_limits<int>::max());
  if (letters.size() % 4 != 0 || letters.size() > kMost) return std::nullopt;
  std::string bytes(letters.size() / 4 * 3, '\0');
  const int count =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(letters.data()), static_cast<int>(letters.size()));
  if (count < 0) return std::nullopt;
  const std::size_t padding = letters.ends_with("==") ? 2 : letters.ends_with("=") ? 1 : 0;
  bytes.resize(static_cast<std::size_t>(count) - std::min(padding, static_cast<std::size_t>(count)));
  return bytes;
}

}  // namespace lanet
