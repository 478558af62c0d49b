#pragma once

#include "augment/augment.hpp"

namespace lanet {

inline AugmentOptions all_augmentations() {
  AugmentOptions options;
  options.rotation_degrees = 20;
  options.aspect = 0.2;
  options.keep_lesion = true;
  AppearanceOptions& look = options.appearance;
  look.gamma = look.dynamic_range = look.gain_curves = look.blur = look.sharpness = look.speckle = 0.3;
  look.shadow = look.border = look.marks = look.style = 0.5;
  return options;
}

}  // namespace lanet
