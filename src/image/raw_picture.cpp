#include "image/raw_picture.hpp"

#include <opencv2/imgcodecs.hpp>

#include "core/error.hpp"
#include "image/gif.hpp"
#include "image/quiet_decoding.hpp"

namespace lanet {
namespace {

/// OpenCV hands back half-decoded pictures for truncated files; a PNG and a JPEG say themselves where they end.
void check_complete(std::string_view bytes, const ImageHeader& header, const std::string& place) {
  const bool complete = header.format == "PNG"    ? bytes.find("IEND") != std::string_view::npos
                        : header.format == "JPEG" ? bytes.rfind("\xFF\xD9") != std::string_view::npos
                                                  : true;
  if (!complete)
    throw DataError({place, "a truncated " + header.format + " file", "a complete file", "copy or save it anew"});
}

cv::Mat decode_with_opencv(std::string_view bytes) {
  const cv::Mat input(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data()));
  const Decoding quietly;
  try {
    // The flag keeps OpenCV from turning a JPEG by itself: every format is turned by the same lines below.
    return cv::imdecode(input, cv::IMREAD_UNCHANGED | cv::IMREAD_IGNORE_ORIENTATION);
  } catch (const cv::Exception&) {
    return {};
  }
}

/// EXIF orientations: 2 mirrored, 3 half a turn, 4 upside down mirrored, 5 transposed, 6 needs a quarter turn to the
/// right, 7 the other transposition, 8 a quarter turn to the left.
cv::Mat upright(const cv::Mat& stored, int orientation) {
  cv::Mat turned = stored;
  if (orientation >= 5) cv::transpose(stored, turned);
  constexpr int kBoth = -1, kUpDown = 0, kLeftRight = 1;
  cv::Mat result;
  switch (orientation) {
    case 2:
    case 6:
      cv::flip(turned, result, kLeftRight);
      return result;
    case 3:
    case 7:
      cv::flip(turned, result, kBoth);
      return result;
    case 4:
    case 8:
      cv::flip(turned, result, kUpDown);
      return result;
    default:
      return turned;
  }
}

}  // namespace

RawPicture decode_raw(std::string_view bytes, const std::string& place, const InputLimits& limits, std::int64_t page) {
  const ImageHeader header = probe_page(bytes, place, page, limits);
  check_complete(bytes, header, place);
  cv::Mat decoded;
  if (header.format == "GIF")
    decoded = decode_gif(bytes, place, header.height, header.width, page);
  else if (header.format == "TIFF" && (page > 0 || header.orientation != 1))
    decoded = decode_with_opencv(tiff_with_page_first(bytes, header));
  else
    decoded = decode_with_opencv(bytes);
  if (decoded.empty())
    throw DataError({place, "a damaged " + header.format + " file", kAcceptedPictures, "save the picture anew"});
  // A file with two headers could get past the limits by the one that was not looked at.
  if (decoded.rows != header.stored_height() || decoded.cols != header.stored_width())
    throw DataError({place,
                     std::to_string(decoded.cols) + " x " + std::to_string(decoded.rows) + " px after a header of " +
                         std::to_string(header.stored_width()) + " x " + std::to_string(header.stored_height()),
                     "one size", "save the picture anew"});
  return {upright(decoded, header.orientation), header};
}

}  // namespace lanet
