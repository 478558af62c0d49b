#pragma once

#include <cstdint>
#include <string>

#include "core/settings.hpp"

namespace lanet {

/// Which network is built; every ablation and baseline is a value of one of these. The defaults are the paper's.
struct NetworkOptions {
  std::string backbone = "resnet18";
  std::string head = "la_net";
  bool channel_attention = true;
  bool spatial_attention = true;
  bool mask_attention = true;
  std::string spatial_form = "conv7";
  std::string sharing = "per_level";
  std::int64_t mask_level = 4;
  std::string fusion_resize = "bilinear_corners";
  std::int64_t pyramid_width = 64;
  std::string rmtl_decoder = "deconvolution";
  std::string init = "xavier";
  double mask_prior = 0.5;
  double mask_gain = 1.0;
  double norm_momentum = 0.0;
  std::string scaling = "zero_one";
  std::int64_t stem_channels = 3;

  void visit(FieldVisitor& visitor);
  /// Every rule, also between fields. Throws ConfigError naming the field.
  void validate() const;
};

/// Side of the mask grid for a square input of `input_size`; 0 for the vanilla head.
std::int64_t mask_grid_size(const NetworkOptions& options, std::int64_t input_size);

}  // namespace lanet
