#include "runtime/openvino_engine.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <map>
#include <optional>
#include <sstream>
#include <string_view>

#include <openvino/openvino.hpp>

#include "core/cache_folder.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/settings.hpp"
#include "core/sha256.hpp"
#include "core/version.hpp"
#include "graph/network_graph.hpp"
#include "modelfile/safetensors.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

/// The library is loaded once in a process; its start costs more than a small network's run.
ov::Core& core() {
  static ov::Core instance;
  return instance;
}

bool has_bf16() {
  const auto capabilities = core().get_property("CPU", ov::device::capabilities);
  return std::find(capabilities.begin(), capabilities.end(), ov::device::capability::BF16) != capabilities.end();
}

std::shared_ptr<ov::Model> network_of(const SafetensorsFile& file, std::int64_t input_size, std::size_t batch,
                                      GraphForm form) {
  auto model = core().read_model(onnx_of_model(file, form), ov::Tensor());
  const auto side = static_cast<std::size_t>(input_size);
  model->reshape(ov::PartialShape(ov::Shape{batch, 1, side, side}));
  return model;
}

/// [0, 255] -> [0, 1], at target; returns the end.
float* copy_scaled(const Image& image, std::int64_t side, float* target) {
  if (image.height != side || image.width != side || image.channels != 1)
    throw std::invalid_argument("engine input: expected a grey image of side " + std::to_string(side));
  for (const std::uint8_t value : image.pixels) *target++ = static_cast<float>(value) / 255.0F;
  return target;
}

class OpenVinoEngine final : public Engine {
 public:
  OpenVinoEngine(const fs::path& path, const OpenVinoOptions& options) : path_(path), options_(options) {
    const SafetensorsFile file = SafetensorsFile::open(path);
    digest_ = file.digest();
    info_.card = card_from_metadata(file.metadata(), file.place());
    info_.model_id = path.filename().string() + " " + digest_.substr(0, 12);
    info_.precision = options.precision == "auto" ? (has_bf16() ? "bf16" : "fp32") : options.precision;
    if (options_.cache.empty()) options_.cache = default_network_cache();
  }

  const EngineInfo& info() const override { return info_; }

  std::vector<RawPrediction> run(std::span<const Image> images) override {
    std::vector<RawPrediction> predictions;
    // Fixed batch sizes: a network compiled for one serves all lists of images. Whole batches first, then one by one.
    while (predictions.size() < images.size()) {
      const std::size_t left = images.size() - predictions.size();
      const std::size_t count = left >= kBatch ? kBatch : 1;
      run_batch(images.subspan(predictions.size(), count), predictions);
    }
    return predictions;
  }

  std::vector<ProbabilityMap> class_activation(const Image& image) override {
    std::vector<RawPrediction> prediction;
    run_batch({&image, 1}, prediction);
    const ov::Tensor activation = request_of(1).get_tensor(kGraphActivation);  // [1, K, h, w]
    const ov::Shape shape = activation.get_shape();
    std::vector<ProbabilityMap> maps;
    for (std::size_t index = 0; index < shape[1]; ++index) {
      ProbabilityMap map{static_cast<std::int64_t>(shape[2]), static_cast<std::int64_t>(shape[3]), {}};
      const float* first = activation.data<float>() + index * shape[2] * shape[3];
      map.values.assign(first, first + shape[2] * shape[3]);
      maps.push_back(normalized_activation(std::move(map)));
    }
    return maps;
  }

 private:
  static constexpr std::size_t kBatch = 8;

  void run_batch(std::span<const Image> images, std::vector<RawPrediction>& predictions) {
    ov::InferRequest& request = request_of(images.size());
    const std::int64_t side = info_.card.input_size;
    float* target = request.get_tensor(kGraphInput).data<float>();
    for (const Image& image : images) target = copy_scaled(image, side, target);
    request.infer();
    const ov::Tensor logits = request.get_tensor(kGraphClassLogits);
    const std::size_t classes = logits.get_shape().at(1);
    for (std::size_t image = 0; image < images.size(); ++image) {
      RawPrediction prediction;
      const float* first = logits.data<float>() + image * classes;
      prediction.class_probabilities =
          calibrated_softmax(std::vector<double>(first, first + classes), info_.card.temperature);
      if (has_mask_) prediction.grid = grid_of(request.get_tensor(kGraphMask), image);
      predictions.push_back(std::move(prediction));
    }
  }

  static ProbabilityMap grid_of(const ov::Tensor& masks, std::size_t image) {
    const ov::Shape shape = masks.get_shape();
    ProbabilityMap map{static_cast<std::int64_t>(shape[2]), static_cast<std::int64_t>(shape[3]), {}};
    const float* first = masks.data<float>() + image * shape[2] * shape[3];
    map.values.assign(first, first + shape[2] * shape[3]);
    return map;
  }

  ov::InferRequest& request_of(std::size_t batch) {
    const auto known = requests_.find(batch);
    if (known != requests_.end()) return known->second;
    ov::CompiledModel compiled = compiled_for(batch);
    has_mask_ = compiled.outputs().size() == 3;
    return requests_.emplace(batch, compiled.create_infer_request()).first->second;
  }

  ov::AnyMap properties() const {
    ov::AnyMap properties{
        {ov::hint::inference_precision.name(), info_.precision == "bf16" ? ov::element::bf16 : ov::element::f32},
        {ov::hint::performance_mode.name(), ov::hint::PerformanceMode::LATENCY}};
    if (options_.threads > 0) properties.emplace(ov::inference_num_threads.name(), static_cast<int>(options_.threads));
    return properties;
  }

  /// From the cache, else compiled and put there.
  ov::CompiledModel compiled_for(std::size_t batch) {
    const fs::path cached = cache_file(batch);
    if (auto network = read_cached(cached)) return std::move(*network);
    try {
      // The file was read when the engine was made; it is parsed again only where nothing is cached.
      const auto model = network_of(SafetensorsFile::open(path_), info_.card.input_size, batch,
                                    info_.precision == "int8" ? GraphForm::kQuantized : GraphForm::kFloat);
      ov::CompiledModel compiled = core().compile_model(model, "CPU", properties());
      write_cached(cached, compiled);
      return compiled;
    } catch (const ov::Exception& error) {
      throw DataError(
          {path_.string(), std::string("a network that OpenVINO refuses (") + error.what() + ")", "a lanet model", ""});
    }
  }

  /// Everything that the compiled form depends on stands in its name. Empty: no cache.
  fs::path cache_file(std::size_t batch) const {
    if (options_.cache.empty()) return {};
    const std::string processor = core().get_property("CPU", ov::device::full_name);
    const std::string key =
        sha256_hex(digest_ + info_.precision + std::to_string(batch) + "/" + std::to_string(options_.threads) +
                   kVersion + ov::get_openvino_version().buildNumber + processor);
    return options_.cache / ("network-" + key.substr(0, 24) + ".blob");
  }

  /// The digest of the content stands before it: a cut or changed file is compiled anew, never run.
  std::optional<ov::CompiledModel> read_cached(const fs::path& file) {
    std::error_code code;
    if (file.empty() || !fs::exists(file, code)) return std::nullopt;
    try {
      // The network's weights are read where they lie: the content stays as long as the engine.
      std::string& bytes = *cached_.emplace_back(std::make_unique<std::string>(read_file(file)));
      const std::string_view content = std::string_view(bytes).substr(std::min(kDigestLength, bytes.size()));
      if (content.empty() || sha256_hex(content) != bytes.substr(0, kDigestLength)) return std::nullopt;
      const ov::Tensor blob(ov::element::u8, {content.size()}, bytes.data() + kDigestLength);
      return core().import_model(blob, "CPU", properties());
    } catch (const std::exception&) {  // written by another build: compiled anew
      return std::nullopt;
    }
  }

  static void write_cached(const fs::path& file, ov::CompiledModel& compiled) {
    if (file.empty()) return;
    try {
      std::ostringstream stream;
      compiled.export_model(stream);
      const std::string content = stream.str();
      write_file_atomically(file, sha256_hex(content) + content);
    } catch (const std::exception&) {  // a cache is a convenience: a full disk or a read-only home must not stop a
                                       // prediction
    }
  }

  static constexpr std::size_t kDigestLength = 64;

  fs::path path_;
  OpenVinoOptions options_;
  std::string digest_;
  EngineInfo info_;
  std::vector<std::unique_ptr<std::string>> cached_;  // outlives the requests below
  std::map<std::size_t, ov::InferRequest> requests_;
  bool has_mask_ = false;
};

/// How often each value occurs between two limits.
class Histogram {
 public:
  Histogram(double low, double high) : low_(low), high_(high) {}

  void add(std::span<const float> values) {
    const double bins_per_unit = kBins / std::max(high_ - low_, 1e-30);
    for (const float value : values) {
      const double bin = std::clamp((static_cast<double>(value) - low_) * bins_per_unit, 0.0, kBins - 1.0);
      ++counts_[static_cast<std::size_t>(bin)];
    }
    total_ += values.size();
  }

  /// Without the share of values that lies farthest out at each end.
  ValueRange range_without(double share) const {
    const auto spare = static_cast<std::uint64_t>(share * static_cast<double>(total_));
    const double width = (high_ - low_) / kBins;
    std::size_t first = 0, last = kBins - 1;
    for (std::uint64_t left = spare; first < last && counts_[first] <= left; ++first) left -= counts_[first];
    for (std::uint64_t left = spare; last > first && counts_[last] <= left; --last) left -= counts_[last];
    ValueRange range{low_ + width * static_cast<double>(first), low_ + width * static_cast<double>(last + 1)};
    if (low_ >= 0) range.low = 0;
    return range;
  }

 private:
  static constexpr std::size_t kBins = 4096;
  double low_, high_;
  std::uint64_t total_ = 0;
  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(kBins, 0);
};

}  // namespace

std::vector<ValueRange> measure_ranges(const fs::path& model, std::span<const Image> images) {
  constexpr double kOutliers = 1e-4;
  if (images.empty()) throw DataError({model.string(), "no image to measure ranges on", "some hundred", ""});
  const SafetensorsFile file = SafetensorsFile::open(model);
  const ModelCard card = card_from_metadata(file.metadata(), file.place());
  ov::CompiledModel compiled = core().compile_model(network_of(file, card.input_size, 1, GraphForm::kObserved), "CPU",
                                                    ov::hint::inference_precision(ov::element::f32));
  ov::InferRequest request = compiled.create_infer_request();
  std::size_t count = 0;
  for (const auto& output : compiled.outputs()) count += output.get_any_name().starts_with(kGraphObserved) ? 1 : 0;
  const auto see_all = [&](const auto& see) {
    for (const Image& image : images) {
      copy_scaled(image, card.input_size, request.get_tensor(kGraphInput).data<float>());
      request.infer();
      for (std::size_t number = 0; number < count; ++number) {
        const ov::Tensor values = request.get_tensor(kGraphObserved + std::to_string(number));
        see(number, std::span<const float>(values.data<float>(), values.get_size()));
      }
    }
  };
  std::vector<ValueRange> extremes(count, {std::numeric_limits<double>::max(), std::numeric_limits<double>::lowest()});
  see_all([&](std::size_t number, std::span<const float> values) {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    extremes[number].low = std::min<double>(extremes[number].low, *low);
    extremes[number].high = std::max<double>(extremes[number].high, *high);
  });
  std::vector<Histogram> histograms;
  for (const ValueRange& range : extremes) histograms.emplace_back(range.low, range.high + 1e-12);
  see_all([&](std::size_t number, std::span<const float> values) { histograms[number].add(values); });
  std::vector<ValueRange> ranges;
  for (const Histogram& histogram : histograms) ranges.push_back(histogram.range_without(kOutliers));
  return ranges;
}

void OpenVinoOptions::validate() const {
  require_one_of("--precision", precision, {"fp32", "bf16", "int8", "auto"});
  require_range("--threads", static_cast<double>(threads), 0, 1024);
}

fs::path default_network_cache() { return user_cache_folder(); }

std::unique_ptr<Engine> make_openvino_engine(const fs::path& model, const OpenVinoOptions& options) {
  options.validate();
  return std::make_unique<OpenVinoEngine>(model, options);
}

}  // namespace lanet
