#include "train/loss_terms.hpp"

#include <cmath>

namespace lanet {

LossNumbers numbers_of(const LossTerms& terms, std::int64_t images) {
  const torch::NoGradGuard no_gradient;
  std::vector<torch::Tensor> scalars{terms.total.detach().to(torch::kFloat64)};
  const torch::Tensor none = torch::full_like(terms.total, kNan, torch::kFloat64);
  for (const LossTerm& part : terms.parts)
    scalars.push_back(part.value.defined() ? part.value.detach().to(torch::kFloat64) : none);
  for (const LossTerm& part : terms.parts) scalars.push_back(part.images.to(torch::kFloat64));
  const torch::Tensor numbers = torch::stack(scalars).cpu();
  const double* values = numbers.const_data_ptr<double>();
  LossNumbers loss;
  loss.total = values[0];
  loss.images = static_cast<double>(images);
  const std::size_t count = terms.parts.size();
  for (std::size_t index = 0; index < count; ++index)
    loss.parts.push_back({values[1 + index], values[1 + count + index]});
  return loss;
}

void MeanOfBatches::add(const LossNumbers& loss) {
  const auto add_to = [](Sum& sum, double value, double weight) {
    sum.total += value * weight;
    sum.weight += weight;
  };
  add_to(loss_, loss.total, loss.images);
  parts_.resize(loss.parts.size());
  for (std::size_t index = 0; index < parts_.size(); ++index)
    // A part that is not there is NaN; so is one whose weights broke, but its pass is refused by the total.
    if (!std::isnan(loss.parts[index].value)) add_to(parts_[index], loss.parts[index].value, loss.parts[index].images);
}

PassMeans MeanOfBatches::means() const {
  const auto mean = [](const Sum& sum) { return sum.weight > 0 ? sum.total / sum.weight : kNan; };
  PassMeans means{mean(loss_), {}};
  for (const Sum& part : parts_) means.parts.push_back(mean(part));
  return means;
}

}  // namespace lanet
