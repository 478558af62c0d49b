#include "runtime/openvino_engine.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string_view>
#include <thread>

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

std::shared_ptr<ov::Model> network_of(const SafetensorsFile& file, std::int64_t input_size, GraphForm form) {
  auto model = core().read_model(onnx_of_model(file, form), ov::Tensor());
  const auto side = static_cast<std::size_t>(input_size);
  model->reshape(ov::PartialShape(ov::Shape{1, 1, side, side}));
  return model;
}

/// What the library says of a fault is of no use to whoever sees it, and differs from version to version.
template <class Call>
auto without_library_text(const fs::path& model, const char* got, const Call& call) {
  try {
    return call();
  } catch (const ov::Exception&) {
    throw DataError({model.string(), got, "a model that lanet has written, and memory enough for it",
                     "check it by 'lanet models', or try --precision fp32"});
  }
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

  /// As many images at the same time as there are threads, one thread an image.
  std::vector<RawPrediction> run(std::span<const Image> images) override {
    std::vector<RawPrediction> predictions;
    if (images.empty()) return predictions;
    open();
    for (std::size_t first = 0; first < images.size(); first += requests_.size()) {
      const auto together = images.subspan(first, std::min(requests_.size(), images.size() - first));
      for (std::size_t index = 0; index < together.size(); ++index) start(requests_[index], together[index]);
      for (std::size_t index = 0; index < together.size(); ++index) predictions.push_back(result_of(requests_[index]));
    }
    return predictions;
  }

  std::vector<ProbabilityMap> class_activation(const Image& image) override {
    open();
    start(requests_.front(), image);
    result_of(requests_.front());
    const ov::Tensor activation = requests_.front().get_tensor(kGraphActivation);  // [1, K, h, w]
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
  /// More requests at the same time than Finder gives images would wait for nothing.
  static constexpr std::int64_t kMostRequests = 8;

  void start(ov::InferRequest& request, const Image& image) {
    copy_scaled(image, info_.card.input_size, request.get_tensor(kGraphInput).data<float>());
    without_library_text(path_, "a network that could not be run", [&] { request.start_async(); });
  }

  RawPrediction result_of(ov::InferRequest& request) {
    without_library_text(path_, "a network that could not be run", [&] { request.wait(); });
    const ov::Tensor logits = request.get_tensor(kGraphClassLogits);  // [1, K]
    const float* first = logits.data<float>();
    RawPrediction prediction;
    prediction.class_probabilities =
        calibrated_softmax(std::vector<double>(first, first + logits.get_shape().at(1)), info_.card.temperature);
    if (has_mask_) prediction.grid = grid_of(request.get_tensor(kGraphMask));
    return prediction;
  }

  static ProbabilityMap grid_of(const ov::Tensor& mask) {
    const ov::Shape shape = mask.get_shape();  // [1, 1, h, w]
    ProbabilityMap map{static_cast<std::int64_t>(shape[2]), static_cast<std::int64_t>(shape[3]), {}};
    map.values.assign(mask.data<float>(), mask.data<float>() + shape[2] * shape[3]);
    return map;
  }

  void open() {
    if (!requests_.empty()) return;
    ov::CompiledModel compiled = compiled_network();
    has_mask_ = compiled.outputs().size() == 3;
    // The library may give fewer threads than were asked for; a request more than those would only wait.
    const auto count = static_cast<std::int64_t>(compiled.get_property(ov::num_streams).num);
    for (std::int64_t index = 0; index < std::clamp<std::int64_t>(count, 1, kMostRequests); ++index)
      requests_.push_back(compiled.create_infer_request());
  }

  std::int64_t request_count() const {
    const auto cores = static_cast<std::int64_t>(std::max(1U, std::thread::hardware_concurrency()));
    return std::min(options_.threads > 0 ? options_.threads : cores, kMostRequests);
  }

  /// One image a request and one thread a request: how sums are divided depends on both, and with it the last bits. So
  /// a finding is the same alone and among others, and at any number of threads. Threads are not bound to cores: two
  /// programs would choose the same ones.
  ov::AnyMap properties() const {
    const auto count = static_cast<int>(request_count());
    return {{ov::hint::inference_precision.name(), info_.precision == "bf16" ? ov::element::bf16 : ov::element::f32},
            {ov::inference_num_threads.name(), count},
            {ov::num_streams.name(), ov::streams::Num(count)},
            {ov::hint::enable_cpu_pinning.name(), false}};
  }

  /// From the cache, else compiled and put there.
  ov::CompiledModel compiled_network() {
    const fs::path cached = cache_file();
    if (auto network = read_cached(cached)) return std::move(*network);
    return without_library_text(path_, "a network that cannot be made ready to run", [&] {
      // The file was read when the engine was made; it is parsed again only where nothing is cached.
      const auto model = network_of(SafetensorsFile::open(path_), info_.card.input_size,
                                    info_.precision == "int8" ? GraphForm::kQuantized : GraphForm::kFloat);
      ov::CompiledModel compiled = core().compile_model(model, "CPU", properties());
      write_cached(cached, compiled);
      return compiled;
    });
  }

  /// Everything that the compiled form depends on stands in its name. Empty: no cache.
  fs::path cache_file() const {
    if (options_.cache.empty()) return {};
    const std::string processor = core().get_property("CPU", ov::device::full_name);
    const std::string key =
        sha256_hex(digest_ + info_.precision + "/one image a request/" + std::to_string(request_count()) + kVersion +
                   ov::get_openvino_version().buildNumber + processor);
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
  std::vector<ov::InferRequest> requests_;
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
  ov::CompiledModel compiled = core().compile_model(network_of(file, card.input_size, GraphForm::kObserved), "CPU",
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
