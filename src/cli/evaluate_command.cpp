#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/engine_arguments.hpp"
#include "cli/program.hpp"
#include "cli/subset_arguments.hpp"
#include "core/error.hpp"
#include "core/output_folder.hpp"
#include "core/text.hpp"
#include "dataset/split.hpp"
#include "evaluate/evaluation.hpp"
#include "evaluate/model_classes.hpp"
#include "evaluate/score.hpp"
#include "finding/finding_json.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

struct EvaluateArguments {
  std::vector<std::string> models;
  SubsetArguments subset{{}, {}, "test"};
  std::string out;
  std::vector<std::string> classes, at;
  bool as_boxes = false;
  bool overwrite = false;
  bool json = false;
  EvaluationOptions evaluation;
  EngineArguments engine;
};

/// Beside the model, where that is a run's; a bundled model's folder is no place for results.
fs::path results_folder(const EvaluateArguments& arguments) {
  const fs::path model(arguments.models.front());
  return fs::exists(model) ? model.parent_path() : fs::path("evaluation_" + arguments.models.front());
}

void run_evaluate(EvaluateArguments& arguments) {
  Manifest manifest = read_manifest(arguments.subset.data);
  std::vector<std::string> ids = arguments.subset.ids(manifest, arguments.models.front());
  require_subgroup_column(manifest, ids, arguments.evaluation.by);
  for (const std::string& target : arguments.at) arguments.evaluation.at.push_back(parse_operating_target(target));
  OutputFolder out(arguments.out.empty() ? results_folder(arguments) : fs::path(arguments.out), arguments.overwrite);
  const auto file = [&](const char* start, const char* end) { return start + arguments.subset.subset + end; };
  const std::string predictions = file("predictions_", ".csv"), jsonl = file("findings_", ".jsonl"),
                    figures = file("evaluation_", ".json");
  out.require_writable({predictions, jsonl, figures});
  const std::unique_ptr<Engine> engine = arguments.engine.open(arguments.models);
  const ModelCard& card = engine->info().card;
  const auto progress = make_console_progress();
  for (const std::string& note : fit_classes(manifest, ids, card, ClassMap(arguments.classes), arguments.subset.data))
    progress->note(note);
  if (arguments.as_boxes) masks_to_boxes(manifest);
  FinderOptions finder_options = arguments.engine.finder_options();
  const DecisionRule rule = decision_rule(card, finder_options);
  arguments.evaluation.threshold = rule.threshold;
  arguments.evaluation.lesion_threshold = rule.lesion_threshold;
  Finder finder(*engine, finder_options);
  std::string findings;
  const auto results = score_dataset(finder, manifest, ids, *progress,
                                     [&](const Sample&, const Image&, const Prediction& prediction,
                                         const ImageResult&) { findings += to_json_line(prediction.finding) + "\n"; });
  const Evaluation evaluation = evaluate(results, card.classes, card.positive_class, arguments.evaluation);
  out.write(predictions, results_to_csv(results, card.classes));
  out.write(jsonl, findings);
  out.write(figures, evaluation_json(evaluation));
  std::cout << (arguments.json ? evaluation_json(evaluation) : evaluation_table(evaluation));
  if (!arguments.json) std::cout << "\nwritten: " << (out.path() / figures).string() << "\n";
}

}  // namespace

void add_evaluate_command(CLI::App& app) {
  auto arguments = std::make_shared<EvaluateArguments>();
  CLI::App* command = add_command(app, "evaluate", "measure models on a labelled data set",
                                  "lanet evaluate runs/lite0_256/best.safetensors --data data/busi --subset test");
  command->add_option("model", arguments->models, "model files, or names in models/; several are averaged (ensemble)")
      ->required();
  arguments->subset.add_to(*command, "");
  command->add_option("--by", arguments->evaluation.by, "column for subgroups: device, birads, class, location ...");
  add_classes_option(*command, arguments->classes);
  command
      ->add_option(
          "--at", arguments->at,
          "sensitivity=0.95 or specificity=0.9: the threshold that reaches it on these images; may be repeated")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("--out", arguments->out, "folder for the results (default: the first model's)");
  command->add_option("--bootstrap", arguments->evaluation.bootstrap_samples, "bootstrap samples; 0: no intervals")
      ->capture_default_str();
  command->add_option("--confidence", arguments->evaluation.confidence, "of the intervals")->capture_default_str();
  command->add_option("--seed", arguments->evaluation.seed, "of the bootstrap")->capture_default_str();
  command->add_flag("--as-boxes", arguments->as_boxes, "compare boxes: true masks become the boxes around them");
  command->add_flag("--overwrite", arguments->overwrite, "replace files that lanet did not write");
  command->add_flag("--json", arguments->json, "print JSON in place of the table");
  arguments->engine.add_to(*command);
  command->callback([arguments] { run_evaluate(*arguments); });
}

}  // namespace lanet
