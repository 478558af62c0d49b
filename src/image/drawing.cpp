#include "image/drawing.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "image/geometry.hpp"
#include "image/opencv.hpp"
#include "image/region.hpp"

namespace lanet {
namespace {

constexpr double kFontScale = 0.45;
constexpr int kPadding = 3;
constexpr double kSmallestScale = 0.5;  // below it letters cannot be told apart
constexpr double kHeatOpacity = 0.65;

cv::Scalar scalar(Color color) { return {double(color.red), double(color.green), double(color.blue)}; }

}  // namespace

void draw_contour(Image& image, const Mask& mask, Color color, int thickness) {
  cv::Mat target = view(image);
  for (const auto& polygon : contours(mask)) {
    std::vector<cv::Point> points;
    for (const auto& [column, row] : polygon) points.emplace_back(column, row);
    cv::polylines(target, points, true, scalar(color), thickness, cv::LINE_AA);
  }
}

void draw_box(Image& image, const Box& box, Color color, int thickness) {
  cv::Mat target = view(image);
  const cv::Point upper_left(static_cast<int>(std::lround(box.x1)), static_cast<int>(std::lround(box.y1)));
  const cv::Point lower_right(static_cast<int>(std::lround(box.x2)) - 1, static_cast<int>(std::lround(box.y2)) - 1);
  cv::rectangle(target, upper_left, lower_right, scalar(color), thickness);
}

void tint(Image& image, const Mask& mask, Color color, double opacity) {
  const double colors[] = {double(color.red), double(color.green), double(color.blue)};
  const std::size_t count = std::min(mask.pixels.size(), image.pixels.size() / 3);
  for (std::size_t pixel = 0; pixel < count; ++pixel) {
    if (!mask.pixels[pixel]) continue;
    for (std::size_t channel = 0; channel < 3; ++channel) {
      std::uint8_t& value = image.pixels[3 * pixel + channel];
      value = static_cast<std::uint8_t>(std::lround(value * (1 - opacity) + colors[channel] * opacity));
    }
  }
}

Image draw_heat(const Image& image, const ProbabilityMap& heat, const Box& region) {
  Image drawn = to_rgb(image);
  const auto row_begin = static_cast<std::int64_t>(region.y1), column_begin = static_cast<std::int64_t>(region.x1);
  const ProbabilityMap full =
      resize(heat, static_cast<std::int64_t>(region.height()), static_cast<std::int64_t>(region.width()));
  cv::Mat grey(static_cast<int>(full.height), static_cast<int>(full.width), CV_8UC1), colour;
  for (std::int64_t row = 0; row < full.height; ++row)
    for (std::int64_t column = 0; column < full.width; ++column)
      grey.at<std::uint8_t>(static_cast<int>(row), static_cast<int>(column)) =
          static_cast<std::uint8_t>(std::lround(255 * std::clamp(full.at(row, column), 0.0F, 1.0F)));
  cv::applyColorMap(grey, colour, cv::COLORMAP_TURBO);  // blue, green, red
  for (std::int64_t row = 0; row < full.height; ++row)
    for (std::int64_t column = 0; column < full.width; ++column) {
      const auto& hot = colour.at<cv::Vec3b>(static_cast<int>(row), static_cast<int>(column));
      const double opacity = kHeatOpacity * std::clamp(static_cast<double>(full.at(row, column)), 0.0, 1.0);
      const auto first = static_cast<std::size_t>(((row + row_begin) * drawn.width + column + column_begin) * 3);
      for (std::size_t channel = 0; channel < 3; ++channel) {
        std::uint8_t& value = drawn.pixels.at(first + channel);
        value = static_cast<std::uint8_t>(
            std::lround(value * (1 - opacity) + hot[2 - static_cast<int>(channel)] * opacity));
      }
    }
  return drawn;
}

void draw_text(Image& image, const std::string& text, std::int64_t column, std::int64_t row, Color color,
               double scale) {
  cv::Mat target = view(image);
  int baseline = 0;
  const auto measured = [&] {
    return cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, kFontScale * scale, 1, &baseline);
  };
  const double room = static_cast<double>(image.width - column - 2 * kPadding);
  if (const int wanted = measured().width; wanted > room)
    scale = std::max(scale * room / wanted, std::min(scale, kSmallestScale));
  const cv::Size size = measured();
  const cv::Rect plate(static_cast<int>(column), static_cast<int>(row), size.width + 2 * kPadding,
                       size.height + baseline + 2 * kPadding);
  cv::rectangle(target, plate, {20, 20, 20}, cv::FILLED);
  cv::putText(target, text, {plate.x + kPadding, plate.y + size.height + kPadding}, cv::FONT_HERSHEY_SIMPLEX,
              kFontScale * scale, scalar(color), 1, cv::LINE_AA);
}

Image contact_sheet(const std::vector<Tile>& tiles, std::int64_t columns, std::int64_t tile_side) {
  if (tiles.empty()) return make_image(1, 1, 3);
  constexpr std::int64_t kGap = 8;
  constexpr std::int64_t kCaption = 22;
  const auto count = static_cast<std::int64_t>(tiles.size());
  columns = std::clamp<std::int64_t>(columns, 1, count);
  const std::int64_t rows = (count + columns - 1) / columns;
  Image sheet = make_image(rows * (tile_side + kCaption + kGap) + kGap, columns * (tile_side + kGap) + kGap, 3);
  std::fill(sheet.pixels.begin(), sheet.pixels.end(), std::uint8_t{20});
  cv::Mat target = view(sheet);
  for (std::int64_t index = 0; index < count; ++index) {
    const Tile& tile = tiles[static_cast<std::size_t>(index)];
    const std::int64_t left = kGap + index % columns * (tile_side + kGap);
    const std::int64_t top = kGap + index / columns * (tile_side + kCaption + kGap);
    if (!tile.image.empty()) {
      const double ratio =
          static_cast<double>(tile_side) / static_cast<double>(std::max(tile.image.height, tile.image.width));
      const auto fit = [ratio](std::int64_t side) {
        return std::max<std::int64_t>(1, std::llround(double(side) * ratio));
      };
      const Image fitted = resize(to_rgb(tile.image), fit(tile.image.height), fit(tile.image.width), Resampling::kArea);
      view(fitted).copyTo(target(cv::Rect(static_cast<int>(left), static_cast<int>(top), static_cast<int>(fitted.width),
                                          static_cast<int>(fitted.height))));
    }
    const auto letters = static_cast<std::size_t>(std::max<std::int64_t>(tile_side / 7, 4));
    draw_text(sheet, tile.caption.substr(0, letters), left, top + tile_side, {220, 220, 220}, 0.8);
  }
  return sheet;
}

}  // namespace lanet
