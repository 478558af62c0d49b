#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace lanet {

/// Weights of the images in bootstrap sample `number`: groups are drawn with replacement, as many as there are, and an
/// image weighs as often as its group was drawn. groups: one an image; "" is a group of its own. A function of (seed,
/// number) alone.
class GroupBootstrap {
 public:
  GroupBootstrap(const std::vector<std::string>& groups, std::uint64_t seed);
  std::vector<double> weights(std::int64_t number) const;
  std::int64_t groups() const { return static_cast<std::int64_t>(members_.size()); }

 private:
  std::vector<std::vector<std::size_t>> members_;
  std::size_t images_;
  std::uint64_t seed_;
};

struct Interval {
  double low = 0;
  double high = 0;
};
/// Central interval of the values (linear between ranks); NaN values are left out. NaN where fewer than half are
/// numbers.
Interval percentile_interval(std::vector<double> values, double confidence);

}  // namespace lanet
