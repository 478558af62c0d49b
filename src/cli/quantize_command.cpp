#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/program.hpp"
#include "cli/subset_arguments.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/output_folder.hpp"
#include "core/preset.hpp"
#include "core/settings.hpp"
#include "core/text.hpp"
#include "evaluate/evaluation.hpp"
#include "evaluate/score.hpp"
#include "image/codec.hpp"
#include "modelfile/compact.hpp"
#include "modelfile/quantization.hpp"
#include "runtime/openvino_engine.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

struct QuantizeArguments {
  std::string model, out;
  SubsetArguments subset{{}, {}, "val"};
  std::string ranges_from = "train";
  std::int64_t images = 200;
  double max_loss = 0.005;
  bool overwrite = false;
};

/// Spread evenly over the list.
std::vector<std::string> some_of(const std::vector<std::string>& ids, std::int64_t count) {
  const auto wanted = std::min(ids.size(), static_cast<std::size_t>(count));
  std::vector<std::string> some;
  for (std::size_t index = 0; index < wanted; ++index) some.push_back(ids[index * ids.size() / wanted]);
  return some;
}

std::vector<Image> network_inputs(const Manifest& manifest, const std::vector<std::string>& ids, std::int64_t side) {
  std::vector<Image> inputs;
  for (const std::size_t position : manifest.find_all(ids)) {
    const Sample& sample = manifest.samples[position];
    const Image image = read_image(manifest.image_path(sample));
    const Box whole{0, 0, static_cast<double>(image.width), static_cast<double>(image.height)};
    inputs.push_back(network_input(image, sample.crop.value_or(whole), side));
  }
  return inputs;
}

struct Quality {
  double auc = 0;
  double jsi = 0;  // 0 for a network without a mask
};

Quality quality_of(const fs::path& model, const std::string& precision, const Manifest& manifest,
                   const std::vector<std::string>& ids) {
  OpenVinoOptions options;
  options.precision = precision;
  const auto engine = make_openvino_engine(model, options);
  Finder finder(*engine, {});
  const auto progress = make_console_progress();
  const ModelCard& card = engine->info().card;
  EvaluationOptions evaluation;
  evaluation.bootstrap_samples = 0;
  evaluation.threshold = card.threshold;
  evaluation.lesion_threshold = card.lesion_threshold;
  const Evaluation result =
      evaluate(score_dataset(finder, manifest, ids, *progress), card.classes, card.positive_class, evaluation);
  const double jsi = result.metric("jsi").value;
  const std::string of = card.classes.size() == 2 ? "" : "[" + card.positive_class + "]";
  return {result.metric("auc" + of).value, std::isnan(jsi) ? 0 : jsi};
}

void run_quantize(const QuantizeArguments& arguments) {
  require_range("--images", static_cast<double>(arguments.images), 1, 100000);
  require_range("--max-loss", arguments.max_loss, 0, 1);
  const fs::path model = find_model(arguments.model);
  const fs::path out = changed_model_file(arguments.model, arguments.out);
  // The model itself is changed where it was named for that; any other file has to be free, and lanet's own.
  std::error_code none_there;
  const bool in_place = fs::equivalent(model, out, none_there);
  const fs::path manifest_path = manifest_file(arguments.subset.data);
  require_no_input("--out", out, {manifest_path, manifest_path.parent_path() / "split.csv", arguments.subset.split});
  OutputFolder folder(out.parent_path(), arguments.overwrite);
  if (!in_place) folder.require_writable({out.filename()}, kModelKind);
  ModelCard card = read_card(model);
  const Manifest manifest = read_manifest(arguments.subset.data);
  const auto seen =
      some_of(arguments.subset.ids_of(arguments.ranges_from, manifest, arguments.model), arguments.images);
  const auto tested = arguments.subset.ids(manifest, arguments.model);
  Quantization quantization;
  quantization.images = static_cast<std::int64_t>(seen.size());
  quantization.ranges = measure_ranges(model, network_inputs(manifest, seen, card.input_size));
  const Quality before = quality_of(model, "fp32", manifest, tested);
  // The final file is written only once it is known to be good.
  const auto write = [&](const fs::path& candidate) {
    card.quantization = to_json(quantization);
    write_with_card(model, card, candidate);
    const Quality after = quality_of(candidate, "int8", manifest, tested);
    quantization.auc_loss = before.auc - after.auc;
    quantization.jsi_loss = before.jsi - after.jsi;
    std::cout << "AUC " << fixed(before.auc, 4) << " -> " << fixed(after.auc, 4) << ", JSI " << fixed(before.jsi, 4)
              << " -> " << fixed(after.jsi, 4) << " on " << count_of(tested.size(), "image", "images") << "; ranges of "
              << count_of(quantization.ranges.size(), "value", "values") << " from "
              << count_of(seen.size(), "image", "images") << "\n";
    if (quantization.auc_loss > arguments.max_loss || quantization.jsi_loss > arguments.max_loss)
      throw DataError({model.string(),
                       "a loss of " + fixed(quantization.auc_loss, 4) + " in AUC and " +
                           fixed(quantization.jsi_loss, 4) + " in JSI by 8 bits",
                       "at most " + fixed(arguments.max_loss, 4),
                       "more images (--images), a larger --max-loss, or stay with bf16"});
    card.quantization = to_json(quantization);
    write_with_card(model, card, candidate);
  };
  if (in_place)
    replace_file_atomically(out, write);
  else
    folder.write_with(out.filename(), write);
}

}  // namespace

void add_quantize_command(CLI::App& app) {
  auto arguments = std::make_shared<QuantizeArguments>();
  CLI::App* command = add_command(app, "quantize", "let a model run in 8-bit integers, and measure what that costs",
                                  "lanet quantize runs/lite0_256/best.safetensors --data data/busi");
  command->add_option("model", arguments->model, "model file")->required();
  arguments->subset.add_to(*command, ": the loss is measured on it; never the one that is tested");
  command->add_option("--ranges-from", arguments->ranges_from, "subset that the ranges of values are measured on")
      ->capture_default_str();
  command->add_option("--images", arguments->images, "how many of it, spread evenly")->capture_default_str();
  command->add_option("--max-loss", arguments->max_loss, "in AUC and in mean JSI; past it nothing is written")
      ->capture_default_str();
  command->add_option("--out", arguments->out,
                      "model file to write (default: the same; a bundled model needs another)");
  command->add_flag("--overwrite", arguments->overwrite, "also replace a file that lanet did not write");
  command->callback([arguments] { run_quantize(*arguments); });
}

}  // namespace lanet
