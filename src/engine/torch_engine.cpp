#include "engine/torch_engine.hpp"

#include <torch/torch.h>

#include "core/error.hpp"
#include "engine/compute.hpp"
#include "model/weights.hpp"
#include "modelfile/safetensors.hpp"

namespace lanet {
namespace {

class TorchEngine final : public Engine {
 public:
  TorchEngine(const std::filesystem::path& path, const Compute& compute) : compute_(compute), model_(load_model(path)) {
    model_.network->to(compute_.device);
    use_channels_last(*model_.network);
    info_.card = model_.card;
    info_.model_id = path.filename().string() + " " + SafetensorsFile::open(path).digest().substr(0, 12);
    info_.precision = compute_.precision();
  }

  const EngineInfo& info() const override { return info_; }

  std::vector<RawPrediction> run(std::span<const Image> images) override {
    if (images.empty()) return {};
    const torch::InferenceMode inference;
    const AutocastScope autocast(compute_);
    const NetworkOutput output = model_.network->forward(to_tensor(images));
    const auto logits = output.class_logits.to(torch::kFloat64).cpu().contiguous();
    torch::Tensor grids;
    if (output.mask_logits.defined()) grids = output.mask_logits.to(torch::kFloat32).sigmoid().cpu().contiguous();
    std::vector<RawPrediction> predictions(images.size());
    const auto classes = static_cast<std::size_t>(logits.size(1));
    for (std::size_t image = 0; image < images.size(); ++image) {
      RawPrediction& prediction = predictions[image];
      prediction.class_probabilities =
          calibrated_softmax({logits.data_ptr<double>() + image * classes, classes}, info_.card.temperature);
      if (grids.defined()) prediction.grid = grid_of(grids, static_cast<std::int64_t>(image));
    }
    return predictions;
  }

 private:
  torch::Tensor to_tensor(std::span<const Image> images) const {
    const std::int64_t side = info_.card.input_size;
    auto batch = torch::empty({static_cast<std::int64_t>(images.size()), 1, side, side}, torch::kUInt8);
    std::uint8_t* target = batch.data_ptr<std::uint8_t>();
    for (const Image& image : images) {
      TORCH_CHECK(image.height == side && image.width == side && image.channels == 1, "engine input: ", image.height,
                  " x ", image.width, " x ", image.channels, ", expected ", side, " x ", side, " x 1");
      target = std::copy(image.pixels.begin(), image.pixels.end(), target);
    }
    return batch.to(compute_.device).to(torch::kFloat32).div_(255);
  }

  static ProbabilityMap grid_of(const torch::Tensor& grids, std::int64_t image) {
    ProbabilityMap map;
    map.height = grids.size(2);
    map.width = grids.size(3);
    const float* first = grids.data_ptr<float>() + image * map.height * map.width;
    map.values.assign(first, first + map.height * map.width);
    return map;
  }

  Compute compute_;
  LoadedModel model_;
  EngineInfo info_;
};

}  // namespace

std::unique_ptr<Engine> make_torch_engine(const std::filesystem::path& model, const TorchEngineOptions& options) {
  // Findings must not depend on what a clock says: own kernels, whichever are faster.
  const ComputeOptions compute{options.device, options.precision, options.threads, "own"};
  compute.validate();
  return std::make_unique<TorchEngine>(model, choose_compute(compute));
}

}  // namespace lanet
