#include "explain/grad_cam.hpp"

namespace lanet {

ProbabilityMap grad_cam(Network& network, const torch::Tensor& image, std::int64_t level, std::int64_t class_index) {
  TORCH_CHECK(image.dim() == 4 && image.size(0) == 1, "grad_cam: ", image.sizes(), ", expected one image");
  const torch::AutoGradMode with_gradient(true);
  const NetworkOutput output = network->forward(image);
  const torch::Tensor& features = output.features.at(static_cast<std::size_t>(level - 1));
  const torch::Tensor logit = output.class_logits[0][class_index];
  const torch::Tensor gradient = torch::autograd::grad({logit}, {features})[0];
  const torch::NoGradGuard no_gradient;
  const torch::Tensor weights = gradient.mean({2, 3}, /*keepdim=*/true);
  torch::Tensor heat = (weights * features).sum(1)[0].relu().to(torch::kFloat32).cpu().contiguous();
  const float highest = heat.max().item<float>();
  if (highest > 0) heat /= highest;
  ProbabilityMap map{heat.size(0), heat.size(1), {}};
  map.values.assign(heat.data_ptr<float>(), heat.data_ptr<float>() + heat.numel());
  return map;
}

}  // namespace lanet
