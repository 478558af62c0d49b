#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "image/image.hpp"

namespace lanet {

/// Share of the heat that lies inside the mask, the heat brought to the mask's size (bilinear). Nothing for an empty
/// mask or a map without heat. Even heat scores the mask's share of the image.
std::optional<double> heat_inside(const ProbabilityMap& heat, const Mask& mask);

/// Probability of a class after pixels were changed.
using ProbabilityOf = std::function<std::vector<double>(const std::vector<Image>& images)>;

/// Mean probability while the hottest pixels are taken away step by step (deletion) or put back into a blurred image
/// (insertion), as the area under the curve over 0..100 % of the pixels (Petsiuk et al. 2018). Taken away means blurred
/// beyond recognition. A good map has a low deletion and a high insertion.
struct PerturbationScores {
  double deletion = 0;
  double insertion = 0;
};
PerturbationScores perturb(const Image& input, const ProbabilityMap& heat, std::int64_t steps,
                           const ProbabilityOf& probability);

/// Spearman's rank correlation of two maps of one size (ties share their mean rank). NaN where one is constant. Between
/// a network's map and that of the same network with random weights it should be near 0 (Adebayo et al. 2018).
double rank_correlation(const ProbabilityMap& first, const ProbabilityMap& second);

}  // namespace lanet
