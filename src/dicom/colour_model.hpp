#pragma once

#include <string_view>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcxfer.h>

#include "image/image.hpp"

namespace lanet {

/// What the three samples of a pixel are.
enum class ColourModel { kUnknown, kRgb, kYcc };

/// What a JPEG picture's own header says of its colours.
struct JpegColours {
  ColourModel model = ColourModel::kUnknown;   // certain: Adobe's marker, components named R G B, or subsampled colour
  ColourModel likely = ColourModel::kUnknown;  // JFIF's marker, which some writers put before anything
};

/// Reads the markers up to the first scan. Unknown for what is no JPEG picture of three components.
JpegColours read_jpeg_colours(std::string_view picture);

/// Ultrasound is grey but for a few marks: stored as R G B its samples agree, stored as Y Cb Cr the second and third
/// lie about the middle. samples: three channels as they are stored. Unknown where neither holds clearly.
ColourModel colour_model_by_sight(const Image& samples);

/// Whether a transfer syntax is JPEG with loss (baseline, extended, spectral, progressive).
bool is_lossy_jpeg(E_TransferSyntax syntax);

}  // namespace lanet
