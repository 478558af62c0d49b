#pragma once

#include <string>
#include <vector>

#include "network/network_builder.hpp"
#include "network/network_options.hpp"

namespace lanet {

/// What a location head makes of the features.
struct LocatedMask {
  ValueId logits = 0;  // [1, S, S]
  MaskStart start;
};

/// What turns the feature levels into a lesion mask: one row of the list of all.
struct LocationHead {
  const char* name;      // as in network.head
  const char* part;      // name of its part of the network, before its layers' names
  bool weighs_features;  // the mask may weigh what is classified (mask attention)
  LocatedMask (*build)(NetworkBuilder& builder, const NetworkOptions& options, const Features& features, ValueId image);
};

const std::vector<LocationHead>& location_heads();
/// The head that `name` means; null for "vanilla", which has none.
const LocationHead* find_location_head(const std::string& name);

/// Lesion-aware network (Eqs. 1, 2): CBAM and a squeeze to one channel per level, all levels resized to the grid of
/// level `mask_level`, concatenated and fused.
LocatedMask la_net(NetworkBuilder& builder, const NetworkOptions& options, const Features& features, ValueId image);

/// Not of the paper: CBAM at every level like LA-Net, then a top-down pyramid (Lin et al. 2017) of `pyramid_width`
/// channels in place of one channel per level. From f_4 down to `mask_level`:
/// x = ReLU(BN(conv3x3(conv1x1(attended f_i) + x enlarged to its grid))); mask logits = conv3x3(x).
LocatedMask pyramid(NetworkBuilder& builder, const NetworkOptions& options, const Features& features, ValueId image);

/// Decoder of U-Net (Ronneberger et al. 2015) over the backbone's levels, the baseline for location alone: from f_4
/// upwards the coarser map is doubled (bilinear), put beside the next level and convolved twice, to the grid of level
/// `mask_level`. No attention.
LocatedMask unet(NetworkBuilder& builder, const NetworkOptions& options, const Features& features, ValueId image);

/// Decoder of the RMTL baseline: three upsampling blocks (256, 64, 32 channels) from f_4 to a mask of the input's size.
/// "deconvolution" (paper): transposed convolutions of stride 4, 4, 2, BN, ReLU. "bilinear" (code): conv 3x3, ReLU6,
/// resize to 16, 112, full with aligned corners, BN. Then a 1x1 convolution to one logit a pixel.
LocatedMask rmtl(NetworkBuilder& builder, const NetworkOptions& options, const Features& features, ValueId image);

}  // namespace lanet
