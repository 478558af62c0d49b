#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace lanet {

/// What a PNG that lanet writes is, as its text chunk "Software" says it. All of them carry lanet's mark
/// (carries_lanet_mark); only results are left out where images or true masks are looked for.
enum class PngMark {
  kPicture,    // "lanet picture": a frame of a video or of a DICOM object, a sheet, a drawing
  kTruthMask,  // "lanet truth mask": drawn from labels at import, or by a reader on the page
  kResult      // "lanet VERSION result": mask, overlay or heat map of a finding
};

/// The PNG with the text chunk behind its header. `png` is a whole PNG.
std::string with_mark(const std::string& png, PngMark mark);

/// Whether the first bytes of a file (64 KiB are enough) are those of a PNG that lanet wrote as the result of a
/// prediction.
bool is_result_picture(std::string_view first_bytes);
/// The same of a file; false for what cannot be read.
bool is_result_picture_file(const std::filesystem::path& file);

}  // namespace lanet
