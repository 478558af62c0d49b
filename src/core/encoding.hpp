#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace lanet {

/// Text as UTF-8, and what it was before.
struct DecodedText {
  std::string text;      // UTF-8, without byte-order mark
  std::string encoding;  // "UTF-8", "UTF-16 LE", "windows-1252" ...: a name that people look up
  bool guessed = false;  // neither UTF-8 nor a mark said so: letters beyond ASCII may be wrong
};

/// The encoding of people's lists: a byte-order mark decides (UTF-8, UTF-16, UTF-32); then zero bytes between letters
/// (UTF-16); then UTF-8 where the bytes are that; then, guessed, a Chinese, Japanese or Korean one where every run of
/// bytes beyond ASCII is of even length, else windows-1252 (Latin-1 with the letters of Windows). Never throws; bytes
/// that the encoding does not know become U+FFFD.
DecodedText decode_text(std::string_view bytes);

/// decode_text of a file, at most InputLimits::text_bytes. Throws as read_text_file does.
DecodedText read_decoded_file(const std::filesystem::path& path);

/// "list.csv is read as windows-1252; save it as UTF-8 if letters look wrong" for an encoding that was guessed, a
/// shorter line for any other than UTF-8, "" for UTF-8.
std::string encoding_note(const DecodedText& decoded, const std::string& place);

/// Whether the bytes are UTF-8 (ASCII among it), without overlong forms and surrogates.
bool is_utf8(std::string_view bytes);

/// Bytes of base64 text; white space in it is passed over. Nothing where it is no base64.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace lanet
