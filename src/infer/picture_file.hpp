#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "infer/finder.hpp"

namespace lanet {

/// For programs that ask for one picture after the other: what predict reads, file by file.

/// Pictures in a file: frames of a DICOM object, pages, else 1. Throws SystemError, DataError for what predict does not
/// read, and for archives, which hold files.
std::int64_t count_pictures(const std::filesystem::path& file);

/// One of them, from 0, with the file's name as its id. Throws the same, and DataError for a number past the end.
FinderInput read_picture(const std::filesystem::path& file, std::int64_t number);

/// The only picture of a file; DataError where it holds several.
FinderInput read_only_picture(const std::filesystem::path& file);
/// The same of a file's bytes: DICOM or a picture.
FinderInput read_only_picture_bytes(std::string_view bytes, const std::string& name);

}  // namespace lanet
