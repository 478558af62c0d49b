#pragma once

#include <string>

#include "dataset/manifest.hpp"
#include "dataset/split.hpp"

namespace lanet {

/// Table for a terminal: images, groups, classes, location states, sizes; per subset where a split is given.
std::string dataset_table(const Manifest& manifest, const Split* split = nullptr);
/// The same as JSON.
std::string dataset_json(const Manifest& manifest, const Split* split = nullptr);

}  // namespace lanet
