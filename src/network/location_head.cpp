#include "network/location_head.hpp"

#include <algorithm>
#include <array>

#include "network/attention.hpp"

namespace lanet {
namespace {

constexpr ConvolutionForm kThree{3, 1, 1, false, false};
constexpr ConvolutionForm kThreeWithBias{3, 1, 1, false, true};
constexpr ConvolutionForm kPointWithBias{1, 1, 0, false, true};

/// Convolution 3 x 3, norm, ReLU.
ValueId smoothed(NetworkBuilder& builder, ValueId x, const std::string& convolution, const std::string& norm,
                 std::int64_t width) {
  return builder.activate(builder.norm(builder.convolve(x, convolution, width, kThree), norm), Nonlinearity::kRelu);
}

std::size_t lowest_level(const NetworkOptions& options) { return static_cast<std::size_t>(options.mask_level - 1); }

}  // namespace

const std::vector<LocationHead>& location_heads() {
  static const std::vector<LocationHead> list{{"la_net", "la_net", true, la_net},
                                              {"pyramid", "la_net", true, pyramid},
                                              {"unet", "la_net", true, unet},
                                              {"rmtl", "rmtl", false, rmtl}};
  return list;
}

const LocationHead* find_location_head(const std::string& name) {
  const auto& list = location_heads();
  const auto found = std::find_if(list.begin(), list.end(), [&name](const auto& head) { return head.name == name; });
  return found == list.end() ? nullptr : &*found;
}

LocatedMask la_net(NetworkBuilder& builder, const NetworkOptions& options, const Features& features, ValueId) {
  const std::size_t grid = lowest_level(options);
  std::vector<ValueId> merged;
  for (std::size_t level = 0; level < features.size(); ++level) {
    const ValueId x = builder.convolve(attended(builder, options, features, level, 0),
                                       "squeeze." + std::to_string(level), 1, kThreeWithBias);
    if (level == grid)
      merged.push_back(x);
    else if (options.fusion_resize == "area" && level < grid)
      merged.push_back(builder.average_pool(x, features[grid]));
    else
      merged.push_back(builder.resize(x, features[grid], options.fusion_resize == "bilinear_corners"));
  }
  const ValueId fused = builder.convolve(builder.concatenate(merged), "fusion", 1, kThree);
  return {builder.norm(fused, "norm"), {"norm.bias", "norm.weight"}};
}

LocatedMask pyramid(NetworkBuilder& builder, const NetworkOptions& options, const Features& features, ValueId) {
  const std::size_t lowest = lowest_level(options);
  ValueId x = 0;
  for (std::size_t step = 0; step < features.size() - lowest; ++step) {
    const std::string number = std::to_string(step);
    ValueId level = builder.convolve(attended(builder, options, features, features.size() - 1 - step, lowest),
                                     "lateral." + number, options.pyramid_width, kPointWithBias);
    if (step > 0) level = builder.add(level, builder.resize(x, level, /*align_corners=*/false));
    x = smoothed(builder, level, "smooth." + number, "norms." + number, options.pyramid_width);
  }
  return {builder.convolve(x, "mask", 1, kThreeWithBias), {"mask.bias", ""}};
}

LocatedMask unet(NetworkBuilder& builder, const NetworkOptions& options, const Features& features, ValueId) {
  const std::size_t lowest = lowest_level(options);
  ValueId x = 0;
  for (std::size_t step = 0; step < features.size() - lowest; ++step) {
    const ValueId level = features[features.size() - 1 - step];
    x = step == 0 ? level : builder.concatenate({builder.resize(x, level, /*align_corners=*/false), level});
    for (const std::size_t number : {2 * step, 2 * step + 1})
      x = smoothed(builder, x, "convolutions." + std::to_string(number), "norms." + std::to_string(number),
                   options.pyramid_width);
  }
  return {builder.convolve(x, "mask", 1, kPointWithBias), {"mask.bias", ""}};
}

LocatedMask rmtl(NetworkBuilder& builder, const NetworkOptions& options, const Features& features, ValueId image) {
  constexpr std::array<std::int64_t, 3> kWidths{256, 64, 32}, kStrides{4, 4, 2};
  constexpr std::array<std::int64_t, 2> kSides{16, 112};  // of the first two blocks of the bilinear form
  ValueId x = features.back();
  for (std::size_t block = 0; block < kWidths.size(); ++block) {
    const std::string convolution = "convs." + std::to_string(block), norm = "norms." + std::to_string(block);
    if (options.rmtl_decoder == "deconvolution") {
      x = builder.norm(builder.convolve_transposed(x, convolution, kWidths[block], kStrides[block]), norm);
      x = builder.activate(x, Nonlinearity::kRelu);
      continue;
    }
    x = builder.activate(builder.convolve(x, convolution, kWidths[block], kThreeWithBias), Nonlinearity::kRelu6);
    x = block < kSides.size() ? builder.resize_to(x, kSides[block]) : builder.resize(x, image, /*align_corners=*/true);
    x = builder.norm(x, norm);
  }
  return {builder.convolve(x, "mask", 1, kPointWithBias), {}};
}

}  // namespace lanet
