#pragma once

#include <filesystem>
#include <string_view>

namespace lanet {

/// Whether lanet made a picture or a DICOM object as the result of a prediction, known by its content: a PNG by its
/// text chunk, an object by its maker (docs/formats.md). Predict, import and the server leave such files out, and say
/// how many they were. False for what cannot be read.
bool is_lanet_result_file(const std::filesystem::path& file);
/// The same of the first bytes of a file (256 KiB are enough).
bool is_lanet_result(std::string_view first_bytes);

}  // namespace lanet
