#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "core/readable.hpp"

namespace lanet {

/// The same value with readable() of every string and name in it.
template <class Json>
Json with_readable_strings(const Json& json) {
  if (json.is_string()) return readable(json.template get<std::string>());
  if (!json.is_structured()) return json;
  Json changed = json.is_array() ? Json::array() : Json::object();
  for (const auto& [name, value] : json.items()) {
    if (json.is_array())
      changed.push_back(with_readable_strings(value));
    else
      changed[readable(name)] = with_readable_strings(value);
  }
  return changed;
}

/// Text of a JSON value. Strings that are no UTF-8 (names of files may hold any bytes) are written as readable() does,
/// so that one name never ends a command. indent < 0: one line.
template <class Json>
std::string json_text(const Json& json, int indent = -1) {
  try {
    return json.dump(indent);
  } catch (const nlohmann::json::exception&) {
    return with_readable_strings(json).dump(indent);
  }
}

}  // namespace lanet
