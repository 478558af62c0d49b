#include "image/perceptual_hash.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "image/geometry.hpp"
#include "image/opencv.hpp"

namespace lanet {
namespace {

constexpr std::int64_t kSide = 64;
constexpr int kFrequencies = 16;

cv::Mat small_grey(const Image& image) {
  const Image reduced = resize(to_grey(image), kSide, kSide, Resampling::kArea);
  cv::Mat values;
  view(reduced).convertTo(values, CV_32F);
  return values;
}

PerceptualHash hash_of(const cv::Mat& values) {
  cv::Mat transformed;
  cv::dct(values, transformed);
  std::vector<float> low;
  for (int row = 0; row < kFrequencies; ++row)
    for (int column = 0; column < kFrequencies; ++column) low.push_back(transformed.at<float>(row, column));
  low[0] = 0;
  std::vector<float> sorted = low;
  std::nth_element(sorted.begin(), sorted.begin() + kHashBits / 2, sorted.end());
  const float median = sorted[kHashBits / 2];
  PerceptualHash hash;
  for (std::size_t bit = 0; bit < low.size(); ++bit)
    if (low[bit] > median) hash.bits[bit / 64] |= std::uint64_t{1} << (bit % 64);
  return hash;
}

}  // namespace

PerceptualHash perceptual_hash(const Image& image) { return hash_of(small_grey(image)); }

PerceptualHash mirrored_hash(const Image& image) {
  cv::Mat mirrored;
  cv::flip(small_grey(image), mirrored, 1);
  return hash_of(mirrored);
}

int hamming_distance(const PerceptualHash& first, const PerceptualHash& second) {
  int distance = 0;
  for (std::size_t word = 0; word < first.bits.size(); ++word)
    distance += std::popcount(first.bits[word] ^ second.bits[word]);
  return distance;
}

double grey_correlation(const Image& first, const Image& second) {
  const cv::Mat a = small_grey(first);
  const cv::Mat b = small_grey(second);
  const cv::Mat left = a - cv::mean(a)[0];
  const cv::Mat right = b - cv::mean(b)[0];
  const double norms = std::sqrt(left.dot(left) * right.dot(right));
  return norms > 0 ? left.dot(right) / norms : 0;
}

}  // namespace lanet
