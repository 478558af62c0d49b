#include "evaluate/bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/nan.hpp"
#include "core/random.hpp"
#include "evaluate/quantile.hpp"

namespace lanet {
GroupBootstrap::GroupBootstrap(const std::vector<std::string>& groups, std::uint64_t seed)
    : images_(groups.size()), seed_(seed) {
  std::map<std::string, std::size_t> position;
  for (std::size_t image = 0; image < groups.size(); ++image) {
    const auto [found, is_new] = position.try_emplace(groups[image], members_.size());
    if (is_new || groups[image].empty())
      members_.push_back({image});
    else
      members_[found->second].push_back(image);
  }
}

std::vector<double> GroupBootstrap::weights(std::int64_t number) const {
  RandomStream random(seed_, "bootstrap", static_cast<std::uint64_t>(number));
  std::vector<double> weights(images_, 0.0);
  for (std::size_t draw = 0; draw < members_.size(); ++draw)
    for (const std::size_t image : members_[random.below(members_.size())]) weights[image] += 1;
  return weights;
}

Interval percentile_interval(std::vector<double> values, double confidence) {
  const std::size_t drawn = values.size();
  std::erase_if(values, [](double value) { return std::isnan(value); });
  if (values.empty() || values.size() * 2 < drawn) return {kNan, kNan};
  std::sort(values.begin(), values.end());
  return {quantile(values, (1 - confidence) / 2), quantile(values, (1 + confidence) / 2)};
}

}  // namespace lanet
