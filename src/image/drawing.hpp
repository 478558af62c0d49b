#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "image/box.hpp"
#include "image/image.hpp"

namespace lanet {

struct Color {
  std::uint8_t red = 255;
  std::uint8_t green = 255;
  std::uint8_t blue = 255;
};
inline constexpr Color kTruthColor{64, 200, 90};
inline constexpr Color kPredictionColor{255, 140, 0};
inline constexpr Color kDoubtColor{230, 60, 60};

/// All of these draw into an RGB image (channels == 3); parts outside it are clipped.
void draw_contour(Image& image, const Mask& mask, Color color, int thickness = 2);
void draw_box(Image& image, const Box& box, Color color, int thickness = 1);
void tint(Image& image, const Mask& mask, Color color, double opacity);
/// The image (as RGB) with a heat map over a region, blue for 0 to red for 1; hotter is more opaque.
Image draw_heat(const Image& image, const ProbabilityMap& heat, const Box& region);
/// Text with its upper left corner at (column, row), on a dark plate; ASCII only. `scale` 1 is about 12 px high;
/// a text that is wider than the image's rest is drawn smaller, down to a scale of 0.5.
void draw_text(Image& image, const std::string& text, std::int64_t column, std::int64_t row, Color color,
               double scale = 1);

/// Tiles of equal size in a grid, each with a caption line under it; images are fitted without distortion. Empty list:
/// 1 x 1 px.
struct Tile {
  Image image;
  std::string caption;
};
Image contact_sheet(const std::vector<Tile>& tiles, std::int64_t columns, std::int64_t tile_side = 240);

}  // namespace lanet
