#include "image/filter.hpp"

#include <cmath>
#include <stdexcept>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace lanet {
namespace {

/// Low frequencies are looked at on a grid of this side.
constexpr int kGrid = 32;

cv::Mat view(std::span<float> pixels, std::int64_t height, std::int64_t width) {
  return {static_cast<int>(height), static_cast<int>(width), CV_32FC1, pixels.data()};
}

cv::Mat on_grid(const cv::Mat& image) {
  cv::Mat small;
  cv::resize(image, small, {kGrid, kGrid}, 0, 0, cv::INTER_AREA);
  return small;
}

cv::Mat spectrum_of(const cv::Mat& grid) {
  cv::Mat spectrum;
  cv::dft(grid, spectrum, cv::DFT_COMPLEX_OUTPUT);
  return spectrum;
}

/// Signed frequency of a row or column of the spectrum.
int frequency(int index) { return index <= kGrid / 2 ? index : index - kGrid; }

}  // namespace

void blur(std::span<float> pixels, std::int64_t height, std::int64_t width, double sigma_x, double sigma_y) {
  if (sigma_x <= 0 && sigma_y <= 0) return;
  const auto kernel_side = [](double sigma) { return sigma > 0 ? 2 * static_cast<int>(std::ceil(3 * sigma)) + 1 : 1; };
  cv::Mat image = view(pixels, height, width);
  // A direction without blur has a kernel of one pixel; OpenCV asks for a positive sigma there as well.
  cv::GaussianBlur(image, image, {kernel_side(sigma_x), kernel_side(sigma_y)}, std::max(sigma_x, 0.1),
                   std::max(sigma_y, 0.1), cv::BORDER_REFLECT_101);
}

void mix_low_frequencies(std::span<float> pixels, std::span<const float> other, std::int64_t side, std::int64_t radius,
                         double share) {
  if (radius < 0 || radius >= kGrid / 2) throw std::invalid_argument("radius beyond 0..15");
  cv::Mat image = view(pixels, side, side);
  const cv::Mat style(image.rows, image.cols, CV_32FC1, const_cast<float*>(other.data()));
  cv::Mat spectrum = spectrum_of(on_grid(image));
  const cv::Mat target = spectrum_of(on_grid(style));
  cv::Mat change(spectrum.size(), CV_32FC2, cv::Scalar(0, 0));
  for (int row = 0; row < kGrid; ++row)
    for (int column = 0; column < kGrid; ++column) {
      if (std::abs(frequency(row)) > radius || std::abs(frequency(column)) > radius) continue;
      const cv::Vec2f own = spectrum.at<cv::Vec2f>(row, column);
      const double amplitude = std::hypot(own[0], own[1]);
      if (amplitude == 0) continue;
      const cv::Vec2f wanted = target.at<cv::Vec2f>(row, column);
      const double factor = share * (std::hypot(wanted[0], wanted[1]) / amplitude - 1);
      change.at<cv::Vec2f>(row, column) = own * static_cast<float>(factor);
    }
  cv::Mat difference;
  cv::dft(change, difference, cv::DFT_INVERSE | cv::DFT_REAL_OUTPUT | cv::DFT_SCALE);
  cv::Mat wide;
  cv::resize(difference, wide, image.size(), 0, 0, cv::INTER_LINEAR);
  image += wide;
}

}  // namespace lanet
