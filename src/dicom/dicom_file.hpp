#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/limits.hpp"
#include "finding/finding.hpp"
#include "image/box.hpp"
#include "image/image.hpp"

class DcmDataset;

namespace lanet {

/// One region of a screen (PS3.3 C.8.5.5): what is shown there, and how large a pixel is.
struct UltrasoundRegion {
  Box box;                              // px, within the image
  int spatial_format = 0;               // (0018,6012); 1: two-dimensional
  int data_type = 0;                    // (0018,6014); 1: tissue
  std::optional<PixelSpacing> spacing;  // only where both directions are in centimetres

  bool shows_tissue() const { return spatial_format == 1 && data_type == 1; }
};

/// Regions that are looked at; a screen shows two, seldom four.
inline constexpr std::size_t kMostTissueParts = 16;

/// A picture of tissue on a screen that shows one or several.
struct TissuePart {
  Box box;  // px, within the image
  std::optional<PixelSpacing> spacing;
};

/// What is needed of an image object to look at it and to refer to it.
struct DicomInfo {
  std::string sop_class_uid, sop_instance_uid, series_uid, study_uid;
  std::string modality;         // "US" ...
  std::string transfer_syntax;  // UID
  std::string photometric;      // "RGB", "MONOCHROME2" ... as the file says
  std::int64_t rows = 0, columns = 0, frames = 1;
  std::int64_t bits_stored = 8;
  std::optional<double> frame_ms;  // time from a frame to the next
  std::vector<UltrasoundRegion> regions;
  /// Of the whole image: of its tissue regions where they agree, else Pixel Spacing where there are no regions. Unset:
  /// not calibrated, or by a number that no breast can have (doubts say so).
  std::optional<PixelSpacing> spacing;
  std::vector<std::string> doubts;  // reasons not to rely on what was read, plain sentences

  /// The tissue regions, from left to right and from top to bottom, apart from one another: one that lies within
  /// another is seen with it, one that overlaps another by a strip is cut, and past kMostTissueParts the smallest are
  /// left out. Empty where the file names none, or only one
  /// that is the whole image.
  std::vector<TissuePart> tissue_parts() const;
};

/// A DICOM image object (a PS3.10 file). Frames are decoded one by one. Every transfer
/// syntax of DCMTK is read (uncompressed, deflated, big-endian, RLE, JPEG, JPEG-LS), and JPEG 2000 by OpenJPEG.
class DicomFile {
 public:
  /// Throws SystemError if the file cannot be read, DataError naming what is wrong with it: no DICOM, no pixels, past
  /// the limits, a transfer syntax that is not known (video).
  static DicomFile open(const std::filesystem::path& path, const InputLimits& limits = input_limits());
  static DicomFile parse(const std::string& bytes, const std::string& place,
                         const InputLimits& limits = input_limits());
  ~DicomFile();
  DicomFile(DicomFile&&) noexcept;
  DicomFile& operator=(DicomFile&&) noexcept;

  const DicomInfo& info() const { return info_; }
  const std::string& place() const { return place_; }
  /// Those that it was opened with.
  const InputLimits& limits() const { return limits_; }
  /// Frame 0 .. frames - 1 in 8 bits: grey, or RGB. Palettes are looked up, YBR becomes RGB (as the
  /// picture itself says where the header is wrong), MONOCHROME1 is inverted, overlay planes are left out,
  /// more than 8 bits go through the first window of the file, else from the least to the greatest value. Throws
  /// DataError.
  Image frame(std::int64_t index) const;
  /// For writers of objects that refer to this one.
  DcmDataset& dataset() const;

 private:
  struct Object;
  DicomFile(std::unique_ptr<Object> object, std::string place, const InputLimits& limits);
  /// Names the colours of JPEG pictures by what they are where the header names others.
  void correct_colour_model();
  void read_spacing();

  std::unique_ptr<Object> object_;
  std::string place_;
  InputLimits limits_;
  DicomInfo info_;
};

/// Whether bytes begin as a DICOM file does ("DICM" after 128 bytes).
bool is_dicom(std::string_view first_bytes);
/// Whether a file does. False for what cannot be read.
bool is_dicom_file(const std::filesystem::path& path);

}  // namespace lanet
