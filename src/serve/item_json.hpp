#pragma once

#include <nlohmann/json.hpp>

#include "serve/item.hpp"
#include "serve/job_list.hpp"

namespace lanet {

/// ITEM and JOB of docs/api.md.
nlohmann::ordered_json item_json(Item& item);
nlohmann::ordered_json job_json(const Job& job);
/// A label as it is put and got: class and mask, each null where it is not known.
nlohmann::ordered_json label_json(const ItemLabel& label);
/// Inverse. height, width: of the item. Throws DataError.
ItemLabel label_from_json(const std::string& text, std::int64_t height, std::int64_t width);

}  // namespace lanet
