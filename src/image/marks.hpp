#pragma once

#include <vector>

#include "image/box.hpp"
#include "image/image.hpp"

namespace lanet {

/// Rectangles of burnt-in text, calipers and pictograms: small, thin, nearly white shapes that stand out sharply from
/// what is around them, or coloured pixels in a grey picture. A heuristic for an audit, not a mask for cleaning. Empty
/// where nothing was found.
std::vector<Box> burnt_in_marks(const Image& image);

}  // namespace lanet
