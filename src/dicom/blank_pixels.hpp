#pragma once

#include <cstdint>
#include <string>

#include "image/image.hpp"

class DcmDataset;

namespace lanet {

class DicomFile;

/// What blanking left of an image.
struct BlankedPixels {
  std::int64_t blanked = 0;      // pixels of a frame outside of the mask
  std::int64_t stark_edges = 0;  // neighbours inside, over all frames, that differ by more than 3/8 of full scale:
                                 // letters and lines do, speckle seldom
};

/// Puts uncompressed samples (explicit VR little endian) in place of the object's pixels, black wherever `keep` is 0,
/// in every frame; inside, every stored bit stays. Bits beyond Bits Stored and bytes behind the last frame, where
/// overlays and anything else may hide, are cleared. The attributes that describe the pixels (photometric
/// interpretation, bits) follow a decompression. Throws DataError for pixels that cannot be decoded, fewer than the
/// header says, 1 or 32 bits a sample, or more than the limit dicom_bytes once decoded.
BlankedPixels blank_outside(const DicomFile& file, const Mask& keep);

/// Bytes of all frames once decoded, as the header says.
std::int64_t decoded_bytes(const DicomFile& file);

}  // namespace lanet
