#include "network/network.hpp"

#include <string>
#include <utility>

#include "core/error.hpp"
#include "network/attention.hpp"
#include "network/backbone.hpp"
#include "network/location_head.hpp"

namespace lanet {
namespace {

/// Grey in [0, 1] as the feature extractor takes it. Repeated last where all channels are scaled alike: what reads the
/// value sees that they are equal.
ValueId stem_input(NetworkBuilder& builder, ValueId image, const NetworkOptions& options,
                   const InputScaling& backbone) {
  const auto repeated = [&](ValueId x) {
    return options.stem_channels == 1 ? x : builder.repeat(x, options.stem_channels);
  };
  if (options.scaling == "zero_one") return repeated(image);
  if (options.scaling == "minus_one_one") return repeated(builder.scale(image, {0.5}, {0.5}));
  if (backbone.is_uniform()) return repeated(builder.scale(image, {backbone.mean[0]}, {backbone.deviation[0]}));
  return builder.scale(repeated(image), {backbone.mean.begin(), backbone.mean.end()},
                       {backbone.deviation.begin(), backbone.deviation.end()});
}

}  // namespace

NetworkList network_list(const NetworkOptions& options, std::int64_t classes) {
  options.validate();
  if (classes < 2) throw ConfigError({"classes", std::to_string(classes), "two at least", ""});
  const Backbone& backbone = find_backbone(options.backbone);
  NetworkBuilder builder(options.norm_momentum);
  NetworkList about;
  about.image = builder.input(1);
  about.stem_input = stem_input(builder, about.image, options, backbone.scaling);
  builder.begin_part(kBackbonePart);
  const Features features = backbone.build(builder, about.stem_input);
  about.features.assign(features.begin(), features.end());
  about.top = features.back();
  if (const LocationHead* head = find_location_head(options.head)) {
    builder.begin_part(head->part);
    const LocatedMask mask = head->build(builder, options, features, about.image);
    about.mask_logits = mask.logits;
    about.mask_probability = builder.activate(mask.logits, Nonlinearity::kSigmoid);
    for (const auto& [to, from] :
         {std::pair{&about.mask_start.shift, &mask.start.shift}, std::pair{&about.mask_start.gain, &mask.start.gain}})
      if (!from->empty()) *to = std::string(head->part) + "." + *from;
    if (options.mask_attention && head->weighs_features)
      about.top = mask_attention(builder, about.top, *about.mask_probability);
  }
  builder.begin_part("");
  about.class_logits = builder.linear(builder.global_average_pool(about.top), kClassifierPart, classes);
  about.layers = std::move(builder.list().layers);
  about.operations = std::move(builder.list().operations);
  return about;
}

}  // namespace lanet
