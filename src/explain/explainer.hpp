#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "explain/heat_measures.hpp"
#include "model/weights.hpp"

namespace lanet {

struct ExplainOptions {
  std::int64_t level = 4;   // feature level f_1 .. f_4
  std::string class_name;   // explained class; "": the most probable one
  std::int64_t steps = 20;  // of deletion and insertion; 0: not measured
  bool randomized = true;   // compare with the same network under random weights

  /// Throws ConfigError, also for a class that the model does not have.
  void validate(const ModelCard& card) const;
};

/// Why a network says what it says of one image.
struct Explanation {
  std::string class_name;
  double probability = 0;
  ProbabilityMap heat;                       // on the level's grid
  std::optional<PerturbationScores> scores;  // of the explained class' probability
  std::optional<double> random_correlation;  // with the map under random weights
};

class Explainer {
 public:
  /// Throws SystemError or DataError for the model, ConfigError for the options.
  Explainer(const std::filesystem::path& model, const ExplainOptions& options);
  /// input: grey, input_size x input_size.
  Explanation explain(const Image& input);
  const ModelCard& card() const { return model_.card; }

 private:
  torch::Tensor to_tensor(const std::vector<Image>& images) const;
  torch::Tensor probabilities(const std::vector<Image>& images);

  ExplainOptions options_;
  LoadedModel model_;
  Network random_{nullptr};
};

}  // namespace lanet
