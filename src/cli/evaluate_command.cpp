#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/engine_arguments.hpp"
#include "cli/program.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "dataset/split.hpp"
#include "evaluate/evaluation.hpp"
#include "evaluate/score.hpp"
#include "finding/finding_json.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::vector<std::string> models;
  std::string data;
  std::string split;
  std::string subset = "test";
  std::string out;
  bool as_boxes = false;
  bool json = false;
  EvaluationOptions evaluation;
  EngineArguments engine;
};

/// The split that the model was trained with lies beside it and knows its val subset; else the data set's own.
fs::path find_split(const Arguments& arguments) {
  if (!arguments.split.empty()) return arguments.split;
  const fs::path beside_model = fs::path(arguments.models.front()).parent_path() / "split.csv";
  if (fs::exists(beside_model)) return beside_model;
  const fs::path data(arguments.data);
  return (fs::is_directory(data) ? data : data.parent_path()) / "split.csv";
}

std::vector<std::string> ids_of(const Arguments& arguments, const Manifest& manifest) {
  if (arguments.subset != "all") {
    const fs::path file = find_split(arguments);
    const Split split = read_split(file);
    std::vector<std::string> ids = split.ids(manifest, arguments.subset);
    if (ids.empty())
      throw DataError({file.string(), "no image of the data set in subset " + arguments.subset, "at least one",
                       "use --subset all for every image"});
    return ids;
  }
  std::vector<std::string> ids;
  for (const Sample& sample : manifest.samples) ids.push_back(sample.id);
  return ids;
}

/// Beside the model, where that is a run's; a bundled model's folder is no place for results.
fs::path results_folder(const Arguments& arguments) {
  const fs::path model(arguments.models.front());
  return fs::exists(model) ? model.parent_path() : fs::path("evaluation_" + arguments.models.front());
}

void run(Arguments& arguments) {
  Manifest manifest = read_manifest(arguments.data);
  if (arguments.as_boxes) masks_to_boxes(manifest);
  const std::vector<std::string> ids = ids_of(arguments, manifest);
  const std::unique_ptr<Engine> engine = arguments.engine.open(arguments.models);
  const ModelCard& card = engine->info().card;
  FinderOptions finder_options = arguments.engine.finder_options();
  arguments.evaluation.threshold = finder_options.threshold.value_or(card.threshold);
  Finder finder(*engine, finder_options);
  const auto progress = make_console_progress();
  std::string findings;
  const auto results = score_dataset(finder, manifest, ids, *progress,
                                     [&](const Sample&, const Image&, const Prediction& prediction,
                                         const ImageResult&) { findings += to_json_line(prediction.finding) + "\n"; });
  const Evaluation evaluation = evaluate(results, card.classes, card.positive_class, arguments.evaluation);
  const fs::path out = arguments.out.empty() ? results_folder(arguments) : fs::path(arguments.out);
  const auto file = [&](const char* start, const char* end) { return out / (start + arguments.subset + end); };
  write_file_atomically(file("predictions_", ".csv"), results_to_csv(results, card.classes));
  write_file_atomically(file("findings_", ".jsonl"), findings);
  write_file_atomically(file("evaluation_", ".json"), evaluation_json(evaluation));
  std::cout << (arguments.json ? evaluation_json(evaluation) : evaluation_table(evaluation));
  if (!arguments.json) std::cout << "\nwritten: " << file("evaluation_", ".json").string() << "\n";
}

}  // namespace

void add_evaluate_command(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = add_command(app, "evaluate", "measure models on a labelled data set",
                                  "lanet evaluate runs/lite0_256/best.safetensors --data data/busi --subset test");
  command->add_option("model", arguments->models, "model files, or names in models/; several are averaged (ensemble)")
      ->required();
  command->add_option("--data", arguments->data, "data set: manifest or its folder")->required();
  command->add_option("--subset", arguments->subset, "subset of the split, or all")->capture_default_str();
  command->add_option("--split", arguments->split, "split list (default: beside the model, else beside the manifest)");
  command->add_option("--by", arguments->evaluation.by, "column for subgroups: device, birads, class, location ...");
  command->add_option("--out", arguments->out, "folder for the results (default: the first model's)");
  command->add_option("--bootstrap", arguments->evaluation.bootstrap_samples, "bootstrap samples; 0: no intervals")
      ->capture_default_str();
  command->add_option("--confidence", arguments->evaluation.confidence, "of the intervals")->capture_default_str();
  command->add_option("--seed", arguments->evaluation.seed, "of the bootstrap")->capture_default_str();
  command->add_flag("--as-boxes", arguments->as_boxes, "compare boxes: true masks become the boxes around them");
  command->add_flag("--json", arguments->json, "print JSON in place of the table");
  arguments->engine.add_to(*command);
  command->callback([arguments] { run(*arguments); });
}

}  // namespace lanet
