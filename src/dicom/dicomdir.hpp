#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/limits.hpp"

namespace lanet {

/// The images that a DICOMDIR refers to, in the order of its records.
struct DicomdirImages {
  std::vector<std::filesystem::path> files;  // as parse_dicomdir gives them: relative; as read_dicomdir: that exist
  std::vector<std::string> problems;         // one line a record that cannot be used
};

/// Paths of the records of type IMAGE that are in use, relative to the DICOMDIR's folder. Records are taken in the
/// order of the file; their offsets to one another are not followed. A File ID that leaves the folder, or has letters
/// that no file-set has, becomes a problem. Throws DataError for what is no DICOMDIR.
DicomdirImages parse_dicomdir(const std::string& bytes, const std::string& place,
                              const InputLimits& limits = input_limits());
/// The same with the files themselves: the record's letters, else in lower case. Missing files, and links that lead out
/// of the folder, become problems. Throws SystemError where the DICOMDIR cannot be read.
DicomdirImages read_dicomdir(const std::filesystem::path& dicomdir, const InputLimits& limits = input_limits());

/// Whether a file is a DICOMDIR by its content (the class of its header). False for what cannot be read.
bool is_dicomdir(const std::filesystem::path& path);

}  // namespace lanet
