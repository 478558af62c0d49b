#include "dataset/label_json.hpp"

#include <array>

#include "core/encoding.hpp"
#include "core/nan.hpp"
#include "dataset/labelled_picture.hpp"

namespace lanet {
namespace {

using Json = nlohmann::ordered_json;

/// The text with null in place of NaN and Infinity outside of quotes.
std::string without_nan(std::string text) {
  constexpr std::array<std::string_view, 3> kWords = {"-Infinity", "Infinity", "NaN"};
  std::string clean;
  bool quoted = false;
  for (std::size_t index = 0; index < text.size(); ++index) {
    const std::string_view rest = std::string_view(text).substr(index);
    if (quoted && text[index] == '\\' && index + 1 < text.size()) {
      clean += text[index++];
    } else if (text[index] == '"') {
      quoted = !quoted;
    } else if (!quoted && std::string_view("-IN").find(text[index]) != std::string_view::npos) {
      std::string_view found;
      for (const std::string_view word : kWords)
        if (rest.starts_with(word)) found = word;
      if (!found.empty()) {
        clean += "null";
        index += found.size() - 1;
        continue;
      }
    }
    clean += text[index];
  }
  return clean;
}

}  // namespace

Json parse_label_json(std::string_view bytes, const std::string& place) {
  return parse_json(without_nan(decode_text(bytes).text), place);
}

double number_or_nan(const Json& value) {
  if (value.is_number()) return value.get<double>();
  return value.is_string() ? number_of_text(value.get<std::string>()) : kNan;
}

double number_at(const Json& object, const char* name) {
  return object.is_object() && object.contains(name) ? number_or_nan(object.at(name)) : kNan;
}

std::string text_or_empty(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_number_integer() ? value.dump() : "";
}

std::string text_at(const Json& object, const char* name) {
  return object.is_object() && object.contains(name) ? text_or_empty(object.at(name)) : "";
}

const Json& part_at(const Json& object, const char* name) {
  static const Json kEmpty = Json::array();
  return object.is_object() && object.contains(name) && object.at(name).is_structured() ? object.at(name) : kEmpty;
}

}  // namespace lanet
