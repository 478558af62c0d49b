#pragma once

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"

namespace lanet {

/// The JSON of a label file in any encoding (core/encoding.hpp). NaN and Infinity, which some tools write though JSON
/// knows none, become null: they cost their annotation, not the file. Throws DataError as parse_json does.
nlohmann::ordered_json parse_label_json(std::string_view bytes, const std::string& place);

/// NaN where it is no number (also a number in quotes is one).
double number_or_nan(const nlohmann::ordered_json& value);
/// Of a member; NaN where there is none.
double number_at(const nlohmann::ordered_json& object, const char* name);
/// Text of a string or a whole number ("7" and 7 are the same id); "" for all else.
std::string text_or_empty(const nlohmann::ordered_json& value);
std::string text_at(const nlohmann::ordered_json& object, const char* name);
/// A member that is an array or object; an empty array where there is none.
const nlohmann::ordered_json& part_at(const nlohmann::ordered_json& object, const char* name);

}  // namespace lanet
