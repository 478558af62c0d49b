#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/random.hpp"
#include "core/settings.hpp"

namespace lanet {

/// Random changes of how a machine shows the same tissue: what differs between scanners, probes and their settings.
/// Everything is off by default, as in the paper.
struct AppearanceOptions {
  double gamma = 0.0;
  double dynamic_range = 0.0;
  double gain_curves = 0.0;
  double blur = 0.0;
  double sharpness = 0.0;
  double speckle = 0.0;
  double shadow = 0.0;
  double border = 0.0;
  double marks = 0.0;
  double style = 0.0;

  void visit(FieldVisitor& visitor);
  void validate() const;
  /// Whether any of them is on.
  bool any() const;
};

/// Knots of a gain curve, evenly spaced from one side of the image to the other.
inline constexpr std::size_t kGainKnots = 5;

/// A dark wedge below a reflector; all in shares of the side.
struct AcousticShadow {
  double middle = 0;  // at its top, 0..1 from the left
  double top = 0;     // 0..1 from above
  double width = 0;   // at its top; it widens by a third to the bottom
  double light = 1;   // what is left of the light in its middle, 0..1
};

/// A cross of a caliper, or a stroke of a letter, as a rectangle in shares of the side.
struct BurntInMark {
  double x1 = 0, y1 = 0, x2 = 0, y2 = 0;
  float grey = 1;
};

/// What happens to the look of one image in one epoch.
struct Appearance {
  double gamma = 1;
  double dynamic_range = 1;  // factor of the distance from white, as a change of log compression's range
  std::array<double, kGainKnots> depth_gain{1, 1, 1, 1, 1};    // factors from the top to the bottom
  std::array<double, kGainKnots> lateral_gain{1, 1, 1, 1, 1};  // factors from left to right
  double blur_x = 0, blur_y = 0;                               // sigma, px at 256 px
  double sharpness = 0;                                        // amount of the unsharp mask
  double speckle = 0;                                          // deviation of the multiplied noise
  std::uint64_t speckle_place = 0;                             // where in the noise the image lies
  std::vector<AcousticShadow> shadows;
  double sector = 0;  // dark corners beside a sector: share of the width that each side loses at the top; 0: none
  std::vector<BurntInMark> marks;
  double style_share = 0;  // of another image's low frequencies, see mix_low_frequencies()
};

/// A function of (seed, epoch, image id) alone. Every number is drawn whether or not its option is on.
Appearance draw_appearance(const AppearanceOptions& options, std::uint64_t seed, std::int64_t epoch,
                           std::uint64_t id_hash);

/// Changes side x side values in [0, 1] in place; they stay there. `other`, of the same size, lends its low
/// frequencies; empty where style_share is 0.
void apply_appearance(const Appearance& appearance, std::int64_t side, std::span<float> pixels,
                      std::span<const float> other = {});

}  // namespace lanet
