#include "engine/torch_engine.hpp"

#include <algorithm>

#include <torch/torch.h>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "engine/compute.hpp"
#include "model/weights.hpp"
#include "modelfile/safetensors.hpp"

namespace lanet {
namespace {

/// As long as it lives, LibTorch computes on the calling thread alone.
class OneThread {
 public:
  explicit OneThread(std::int64_t threads_afterwards) : afterwards_(static_cast<int>(threads_afterwards)) {
    torch::set_num_threads(1);
  }
  ~OneThread() { torch::set_num_threads(afterwards_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int afterwards_;
};

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

  /// One image and one thread a request: in a batch, or with several threads, the library divides its sums in other
  /// ways, and the last bits would depend on the company and on the number of cores. Several images use several
  /// threads.
  std::vector<RawPrediction> run(std::span<const Image> images) override {
    std::vector<RawPrediction> predictions(images.size());
    const std::size_t workers =
        compute_.device.is_cpu() ? std::min<std::size_t>(images.size(), static_cast<std::size_t>(compute_.threads)) : 1;
    parallel_for(workers, static_cast<std::int64_t>(workers), [&](std::size_t worker) {
      const OneThread one_thread(compute_.threads);
      const torch::InferenceMode inference;
      const AutocastScope autocast(compute_);
      for (std::size_t i = worker; i < images.size(); i += workers) predictions[i] = run_one(images[i]);
    });
    return predictions;
  }

 private:
  RawPrediction run_one(const Image& image) {
    const NetworkOutput output = model_.network->forward(to_tensor(image));
    const auto logits = output.class_logits.to(torch::kFloat64).cpu().contiguous();  // [1, K]
    RawPrediction prediction;
    prediction.class_probabilities = calibrated_softmax(
        {logits.data_ptr<double>(), static_cast<std::size_t>(logits.size(1))}, info_.card.temperature);
    if (output.mask_logits.defined())
      prediction.grid = grid_of(output.mask_logits.to(torch::kFloat32).sigmoid().cpu().contiguous());
    return prediction;
  }

  torch::Tensor to_tensor(const Image& image) const {
    const std::int64_t side = info_.card.input_size;
    TORCH_CHECK(image.height == side && image.width == side && image.channels == 1, "engine input: ", image.height,
                " x ", image.width, " x ", image.channels, ", expected ", side, " x ", side, " x 1");
    auto batch = torch::empty({1, 1, side, side}, torch::kUInt8);
    std::copy(image.pixels.begin(), image.pixels.end(), batch.data_ptr<std::uint8_t>());
    return batch.to(compute_.device).to(torch::kFloat32).div_(255);
  }

  static ProbabilityMap grid_of(const torch::Tensor& grid) {
    ProbabilityMap map{grid.size(2), grid.size(3), {}};
    map.values.assign(grid.data_ptr<float>(), grid.data_ptr<float>() + map.height * map.width);
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
