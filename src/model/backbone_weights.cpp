#include "model/backbone_weights.hpp"

#include <algorithm>
#include <map>

#include "core/child_process.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/output_folder.hpp"
#include "core/sha256.hpp"
#include "core/text.hpp"
#include "model/weights.hpp"
#include "modelfile/pth.hpp"
#include "network/backbone.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

NamedTensors read_pth_tensors(const fs::path& path) {
  // Both formats describe a tensor alike, so the one reader of raw bytes serves both.
  std::vector<PthTensor> read = read_pth(path);
  NamedTensors tensors;
  for (const PthTensor& tensor : read) {
    const TensorInfo info{tensor.name, tensor.dtype, tensor.shape, 0, tensor.bytes.size()};
    tensors.emplace_back(tensor.name, tensor_from_bytes(info, tensor.bytes, path.string()));
  }
  return tensors;
}

NamedTensors read_weight_file(const fs::path& path) {
  if (path.extension() != ".safetensors") return read_pth_tensors(path);
  const SafetensorsFile file = SafetensorsFile::open(path);
  NamedTensors tensors;
  for (const TensorInfo& info : file.tensors()) tensors.emplace_back(info.name, tensor_from_file(file, info));
  return tensors;
}

constexpr std::int64_t kColours = 3;  // of the images that published weights are for

std::string weight_of_stem(const Backbone& backbone) { return std::string(backbone.stem) + ".weight"; }

/// What does not agree between a file and a feature extractor; empty: it fits.
struct Comparison {
  std::vector<std::string> problems;
  LoadReport report;
};

bool folds(const torch::Tensor& given, const std::vector<std::int64_t>& target) {
  return given.dim() == 4 && given.size(1) == 3 && target[1] == 1 && given.size(0) == target[0] &&
         given.size(2) == target[2] && given.size(3) == target[3];
}

Comparison compare(const NamedTensors& given, const std::vector<LayerTensor>& wanted, const std::string& stem_weight) {
  Comparison comparison;
  const std::map<std::string, torch::Tensor> by_name(given.begin(), given.end());
  for (const auto& [name, shape] : wanted) {
    const auto found = by_name.find(name);
    // Files of the first torchvision versions have no batch counters; they do not influence anything.
    if (found == by_name.end() && name.ends_with("num_batches_tracked")) continue;
    if (found == by_name.end()) {
      comparison.problems.push_back("lacks " + name);
    } else if (name == stem_weight && folds(found->second, shape)) {
      comparison.report.taken.push_back(name);
      comparison.report.changed.push_back(name + ": 3 input channels folded to 1");
    } else if (found->second.sizes() != shape) {
      comparison.problems.push_back(name + " " + shape_text(found->second.sizes().vec()) + " for " + shape_text(shape));
    } else {
      comparison.report.taken.push_back(name);
    }
  }
  for (const auto& [name, unused] : given)
    if (std::none_of(wanted.begin(), wanted.end(), [&](const LayerTensor& tensor) { return tensor.name == name; }))
      comparison.report.left.push_back(name);
  return comparison;
}

std::string summary(const std::vector<std::string>& problems) {
  return problems.front() + (problems.size() > 1 ? " and " + std::to_string(problems.size() - 1) + " more" : "");
}

fs::path weight_file(const std::string& weights, const std::string& backbone) {
  const fs::path path =
      weights == "imagenet" ? home_folder() / "models" / (backbone + "_imagenet.safetensors") : fs::path(weights);
  if (!fs::exists(path))
    throw DataError({path.string(), "no such file", "ImageNet weights of " + backbone,
                     "import them with `lanet weights import FILE.pth` (models/README.md says where they are), or say "
                     "weights = \"none\""});
  return path;
}

}  // namespace

LoadReport load_backbone_weights(Network& network, const std::string& weights) {
  if (weights == "none") return {};
  const NetworkOptions& options = network->options();
  const fs::path path = weight_file(weights, options.backbone);
  const NamedTensors given = read_weight_file(path);
  const Backbone& backbone = find_backbone(options.backbone);
  const std::string stem_weight = weight_of_stem(backbone);
  Comparison comparison = compare(given, backbone_tensors(backbone, options.stem_channels), stem_weight);
  if (!comparison.problems.empty())
    throw DataError({path.string(), summary(comparison.problems), "weights of " + options.backbone,
                     "choose the file that belongs to network.backbone"});
  const torch::NoGradGuard no_gradient;
  const std::map<std::string, torch::Tensor> by_name(given.begin(), given.end());
  for (auto& [name, target] : named_state(network->backbone())) {
    const auto found = by_name.find(name);
    if (found == by_name.end()) continue;
    const bool fold = name == stem_weight && target.size(1) != found->second.size(1);
    target.copy_(fold ? found->second.sum(1, /*keepdim=*/true) : found->second);
  }
  return comparison.report;
}

ImportedWeights import_weights(const fs::path& file, const fs::path& target_folder, bool overwrite) {
  const NamedTensors given = read_weight_file(file);
  std::string nearest;
  std::vector<std::string> nearest_problems;
  for (const Backbone& backbone : backbones()) {
    const std::string name = backbone.name;
    Comparison comparison = compare(given, backbone_tensors(backbone, kColours), weight_of_stem(backbone));
    if (!comparison.problems.empty()) {
      if (nearest.empty() || comparison.problems.size() < nearest_problems.size()) {
        nearest = name;
        nearest_problems = comparison.problems;
      }
      continue;
    }
    const std::map<std::string, torch::Tensor> by_name(given.begin(), given.end());
    NamedTensors taken;
    for (const std::string& tensor : comparison.report.taken) taken.emplace_back(tensor, by_name.at(tensor));
    ImportedWeights imported{name, target_folder / (name + "_imagenet.safetensors"), comparison.report};
    OutputFolder(target_folder, overwrite).write_with(imported.file.filename(), [&](const fs::path& path) {
      save_tensors(path, taken,
                   {{"backbone", name}, {"source", file.filename().string()}, {"source_sha256", sha256_file(file)}});
    });
    return imported;
  }
  throw DataError({file.string(), summary(nearest_problems) + " (compared with " + nearest + ", the nearest)",
                   "weights of " + join_text(backbone_names(), ", "),
                   "take an original file: models/README.md says where they are"});
}

}  // namespace lanet
