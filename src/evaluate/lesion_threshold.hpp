#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/bootstrap.hpp"

namespace lanet {

/// An image whose class is known, to choose the lesion threshold by.
struct LesionScore {
  double probability = 0;  // that there is a lesion, 1 - p(normal)
  bool lesion = false;     // whether there is one
  std::string group;       // bootstrap draws whole groups; "": the image is its own
};

/// The lesion threshold that reaches a sensitivity, and what it costs.
struct LesionThreshold {
  double threshold = 0;    // a lesion is said to be there at and above it
  double sensitivity = 0;  // share of the images with a lesion at and above it, at least what was asked for
  double specificity = 0;  // share of the normal images below it: called free of lesions
  Interval interval;       // of the specificity: 95 %, bootstrap over groups, the threshold chosen anew in every sample
  std::int64_t lesion_images = 0;
  std::int64_t normal_images = 0;
};

/// The highest threshold, cut to four decimals, at and above which at least the share `sensitivity` of the images with
/// a lesion lies. Nothing unless there are both images with a lesion and normal ones. Throws ConfigError unless 0 <
/// sensitivity <= 1.
std::optional<LesionThreshold> choose_lesion_threshold(const std::vector<LesionScore>& images, double sensitivity,
                                                       std::int64_t bootstrap_samples = 2000);

/// What a threshold that was chosen elsewhere, such as on other machines, reaches on these images. Without images of a
/// kind its share is NaN; there is no interval.
LesionThreshold measured_lesion_threshold(const std::vector<LesionScore>& images, double threshold);

/// For a terminal, three lines, or one that says why nothing was chosen; without the last line's end. before: the
/// threshold until now; asked: the sensitivity asked for, nothing where the threshold itself was given.
std::string lesion_threshold_text(const std::optional<LesionThreshold>& chosen, double before,
                                  std::optional<double> asked);

}  // namespace lanet
