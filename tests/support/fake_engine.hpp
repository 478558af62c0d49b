#pragma once

#include <functional>
#include <vector>

#include "infer/engine.hpp"

namespace lanet {

/// An engine that gives what a test wants.
class FakeEngine final : public Engine {
 public:
  FakeEngine(std::vector<std::string> classes, std::int64_t input_size,
             std::function<RawPrediction(const Image&)> predict)
      : predict_(std::move(predict)) {
    info_.card.classes = std::move(classes);
    info_.card.positive_class = "malignant";
    info_.card.input_size = input_size;
    info_.model_id = "fake";
    info_.precision = "fp32";
  }
  const EngineInfo& info() const override { return info_; }
  EngineInfo& change_info() { return info_; }
  std::vector<RawPrediction> run(std::span<const Image> images) override {
    ++calls;
    std::vector<RawPrediction> predictions;
    for (const Image& image : images) predictions.push_back(predict_(image));
    return predictions;
  }
  int calls = 0;

 private:
  EngineInfo info_;
  std::function<RawPrediction(const Image&)> predict_;
};

}  // namespace lanet
