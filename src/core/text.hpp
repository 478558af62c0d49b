#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lanet {

std::vector<std::string> split_text(std::string_view text, char separator);
std::string join_text(const std::vector<std::string>& parts, std::string_view separator);
std::string trim(std::string_view text);
std::string to_lower(std::string_view text);
/// "1 file", "2 files".
std::string count_of(std::size_t count, const char* one, const char* several);
/// "a, b, c and 4 more": the first `most` of them.
std::string first_names(const std::vector<std::string>& names, std::size_t most = 3);
/// Fixed number of digits after the point; "-" for NaN.
std::string fixed(double value, int digits);
/// Shortest text that reads back as the same double.
std::string exact(double value);
/// `text` safe inside HTML text and attributes.
std::string escape_html(std::string_view text);
/// 1536 -> "1.5 KiB".
std::string human_bytes(double bytes);
/// 75.2 -> "1 min 15 s".
std::string human_seconds(double seconds);

}  // namespace lanet
