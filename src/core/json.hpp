#pragma once

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/limits.hpp"

namespace lanet {

/// The JSON value of `text`. Throws DataError where it is no JSON, is nested deeper than `deepest`, has a name twice in
/// one object (the second would silently win), or holds a number of 2^63 or more (no format here has one, and asking
/// for it as an integer would be undefined).
template <class Json = nlohmann::ordered_json>
Json parse_json(std::string_view text, const std::string& place, std::int64_t deepest = input_limits().nesting) {
  using Event = typename Json::parse_event_t;
  constexpr double kIntegersEnd = 0x1p63;
  check_nesting(text, place, deepest);
  std::vector<std::set<std::string>> names;
  const auto check = [&](int, Event event, Json& part) {
    if (event == Event::object_start) names.emplace_back();
    if (event == Event::object_end) names.pop_back();
    if (event == Event::key && !names.back().insert(part.template get<std::string>()).second)
      throw DataError({place, "the name '" + part.template get<std::string>() + "' twice", "different names", ""});
    if (event == Event::value && part.is_number() && !(std::abs(part.template get<double>()) < kIntegersEnd))
      throw DataError({place, "the number " + part.dump(), "numbers below 2^63", ""});
    return true;
  };
  try {
    return Json::parse(text, check);
  } catch (const typename Json::parse_error& error) {
    const std::string_view before = text.substr(0, error.byte);  // substr ends at the text's end
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    throw DataError({place, "no JSON (line " + std::to_string(line) + ")", "a JSON text", "write the file anew"});
  } catch (const nlohmann::json::exception&) {
    throw DataError({place, "no JSON (a number that is too large)", "a JSON text", "write the file anew"});
  }
}

}  // namespace lanet
