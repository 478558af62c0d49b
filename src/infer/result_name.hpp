#pragma once

#include <filesystem>
#include <set>
#include <string>

namespace lanet {

/// Name of an image's results below the output folder: its path without "." and a known extension (the name of a DICOM
/// file often has dots and none: a UID), with _2, _3 ... where that is taken. It is put among the taken ones.
std::string result_name(const std::filesystem::path& relative, std::set<std::string>& taken);

}  // namespace lanet
