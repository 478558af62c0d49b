#include "explain/explainer.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "explain/grad_cam.hpp"

namespace lanet {
namespace {

constexpr std::uint64_t kRandomSeed = 1;

}  // namespace

void ExplainOptions::validate(const ModelCard& card) const {
  require_range("--layer", static_cast<double>(level), 1, 4);
  require_range("--steps", static_cast<double>(steps), 0, 1000);
  if (!class_name.empty()) require_one_of("--class", class_name, card.classes);
}

Explainer::Explainer(const std::filesystem::path& model, const ExplainOptions& options)
    : options_(options), model_(load_model(model)) {
  options_.validate(model_.card);
  use_channels_last(*model_.network);
  if (!options_.randomized) return;
  torch::manual_seed(kRandomSeed);
  random_ = Network(model_.network->options(), static_cast<std::int64_t>(model_.card.classes.size()));
  random_->eval();
}

torch::Tensor Explainer::to_tensor(const std::vector<Image>& images) const {
  const std::int64_t side = model_.card.input_size;
  auto batch = torch::empty({static_cast<std::int64_t>(images.size()), 1, side, side}, torch::kUInt8);
  std::uint8_t* target = batch.data_ptr<std::uint8_t>();
  for (const Image& image : images) {
    TORCH_CHECK(image.height == side && image.width == side && image.channels == 1, "explain: ", image.height, " x ",
                image.width, ", expected a grey image of side ", side);
    target = std::copy(image.pixels.begin(), image.pixels.end(), target);
  }
  return batch.to(torch::kFloat32).div_(255);
}

torch::Tensor Explainer::probabilities(const std::vector<Image>& images) {
  const torch::NoGradGuard no_gradient;
  const torch::Tensor logits = model_.network->forward(to_tensor(images)).class_logits.to(torch::kFloat64);
  return (logits / model_.card.temperature).softmax(1);
}

Explanation Explainer::explain(const Image& input) {
  const torch::Tensor image = to_tensor({input});
  const torch::Tensor said = probabilities({input})[0];
  const auto& classes = model_.card.classes;
  const std::int64_t index = options_.class_name.empty()
                                 ? said.argmax().item<std::int64_t>()
                                 : std::find(classes.begin(), classes.end(), options_.class_name) - classes.begin();
  Explanation explanation;
  explanation.class_name = classes[static_cast<std::size_t>(index)];
  explanation.probability = said[index].item<double>();
  explanation.heat = grad_cam(model_.network, image, options_.level, index);
  if (options_.steps > 0)
    explanation.scores = perturb(input, explanation.heat, options_.steps, [&](const std::vector<Image>& images) {
      const torch::Tensor column = probabilities(images).select(1, index).contiguous();
      return std::vector<double>(column.data_ptr<double>(), column.data_ptr<double>() + column.numel());
    });
  if (options_.randomized) {
    const double correlation = rank_correlation(explanation.heat, grad_cam(random_, image, options_.level, index));
    if (!std::isnan(correlation)) explanation.random_correlation = correlation;
  }
  return explanation;
}

}  // namespace lanet
