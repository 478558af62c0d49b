#pragma once

#include <stdexcept>
#include <string>

#include "dataset/import.hpp"

namespace lanet {

/// The sample of that id; what there is instead is named where it is missing.
inline const Sample& sample_of(const Imported& imported, const std::string& id) {
  const std::int64_t index = imported.manifest.find(id);
  if (index < 0) {
    std::string ids;
    for (const Sample& sample : imported.manifest.samples) ids += " " + sample.id;
    throw std::runtime_error("no " + id + " in" + ids);
  }
  return imported.manifest.samples.at(static_cast<std::size_t>(index));
}

}  // namespace lanet
