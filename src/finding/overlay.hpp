#pragma once

#include <optional>

#include "finding/finding.hpp"

namespace lanet {

/// The image (RGB) with contour, box, class and probability drawn into it ("normal 97 %, no lesion found"), and the
/// truth's contour in another colour if given.
Image draw_finding(const Image& image, const Finding& finding, const std::optional<Mask>& truth = std::nullopt);

}  // namespace lanet
