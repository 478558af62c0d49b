#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "image/box.hpp"
#include "image/image.hpp"

namespace lanet {

struct ClassProbability {
  std::string name;
  double probability = 0;
};

/// One connected part of the mask.
struct Lesion {
  Box box;
  std::int64_t area_px = 0;
  double longest_px = 0;           // Feret diameter
  double across_px = 0;            // extent across it
  std::optional<double> area_mm2;  // these three only where the spacing is known
  std::optional<double> longest_mm;
  std::optional<double> across_mm;
  double mean_probability = 0;  // of the mask's pixels, 0..1
  std::int64_t part = 0;        // of the finding's parts, from 1; 0: the finding has none
};

struct PixelSpacing {
  double x_mm = 0;
  double y_mm = 0;
  bool operator==(const PixelSpacing&) const = default;
};

/// By which limits probabilities became a decision and a mask. Each is unset where there was nothing to decide by it.
struct FindingThresholds {
  std::string positive_class;      // that `positive` is of
  std::optional<double> positive;  // decided for at and above it; with a normal class: among images with a lesion
  std::optional<double> lesion;    // of 1 - p(normal): normal below it
  std::optional<double> mask;      // of a pixel
  bool operator==(const FindingThresholds&) const = default;
};

/// One of several pictures of tissue on one screen, which was looked at for itself.
struct FindingPart {
  Box region;                             // of the image, px
  std::vector<ClassProbability> classes;  // as in Finding
  std::string decision;
  std::optional<PixelSpacing> spacing;
};

/// What is known or believed of one image: the same type for a prediction and for the truth.
struct Finding {
  std::string image_id;                   // file name or manifest id
  std::vector<ClassProbability> classes;  // sum 1; truth: 1 for its class; empty: class unknown
  std::string decision;                   // class decided for; "" unknown
  Mask mask;                              // at the image's original size; empty: no location known
  std::vector<Lesion> lesions;            // largest first
  std::optional<PixelSpacing> spacing;    // of the whole image; unset where parts have different ones
  std::vector<std::string> doubts;        // reasons not to rely on it, plain sentences
  std::string model_id;                   // architecture and digest of the weights; "truth" for labels
  /// Two or more where the screen shows several pictures of tissue, from left to right; lesions name theirs. Classes
  /// and decision of the finding are then those of its most suspicious part.
  std::vector<FindingPart> parts{};
  std::int64_t decision_part = 0;                 // from 1; 0 without parts
  std::optional<FindingThresholds> thresholds{};  // of a prediction; unset: the truth, or written by an earlier lanet

  /// Probability of a class; 0 if it is not among them.
  double probability_of(const std::string& class_name) const;
  /// Smallest rectangle around all lesions; nothing without lesion.
  std::optional<Box> box() const;
};

/// Components of the mask as lesions with their sizes; parts under min_area_px are left out. `map`, if given, has the
/// mask's size.
std::vector<Lesion> measure_lesions(const Mask& mask, const std::optional<PixelSpacing>& spacing,
                                    std::int64_t min_area_px = 1, const ProbabilityMap* map = nullptr);

}  // namespace lanet
