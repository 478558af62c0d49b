#pragma once

#include <string>
#include <vector>

#include "image/image.hpp"

namespace lanet {

/// What tells B-mode ultrasound from other pictures.
struct PictureFacts {
  double coloured = 0;     // share of pixels whose channels differ by more than 40
  double lit = 0;          // share of pixels brighter than 16
  double deviation = 0;    // of the grey values
  double correlation = 0;  // of neighbouring pixels, the lower one of both directions; 1 for a constant picture
  double flat = 0;         // share of the lit pixels that equal their right neighbour
};
PictureFacts picture_facts(const Image& image);

/// Reasons to doubt that the image is a breast ultrasound image at all; empty where it looks like one. The limits leave
/// every one of 2,272 images of BUSI and BUS-BRA alone. A grey photograph passes: this looks at no content.
std::vector<std::string> implausibilities(const Image& image);

}  // namespace lanet
