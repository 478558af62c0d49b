#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/engine_arguments.hpp"
#include "cli/program.hpp"
#include "cli/subset_arguments.hpp"
#include "core/preset.hpp"
#include "evaluate/comparison.hpp"
#include "evaluate/model_classes.hpp"
#include "evaluate/score.hpp"
#include "modelfile/compact.hpp"

namespace lanet {
namespace {

struct CompareArguments {
  std::string first, second;
  SubsetArguments subset{{}, {}, "test"};
  std::vector<std::string> classes;
  ComparisonOptions comparison;
  bool json = false;
  EngineArguments engine;
};

/// A model's results on the subset.
struct Scored {
  std::vector<ImageResult> results;
  ModelCard card;
  DecisionRule rule;
};

Scored score(const CompareArguments& arguments, const std::string& model, Manifest manifest,
             std::vector<std::string> ids) {
  const std::unique_ptr<Engine> engine = arguments.engine.open({model});
  Scored scored;
  scored.card = engine->info().card;
  const auto progress = make_console_progress();
  for (const std::string& note :
       fit_classes(manifest, ids, scored.card, ClassMap(arguments.classes), arguments.subset.data))
    progress->note(note);
  const FinderOptions& options = arguments.engine.finder_options();
  scored.rule = decision_rule(scored.card, options);
  Finder finder(*engine, options);
  scored.results = score_dataset(finder, manifest, ids, *progress);
  return scored;
}

/// Before anything is computed. Throws DataError.
void require_same_classes(const CompareArguments& arguments) {
  std::vector<ImageResult> none;
  reorder_classes(none, read_card(find_model(arguments.second)).classes,
                  read_card(find_model(arguments.first)).classes);
}

void run_compare(CompareArguments& arguments) {
  arguments.comparison.validate();
  require_same_classes(arguments);
  const Manifest manifest = read_manifest(arguments.subset.data);
  const auto ids = arguments.subset.ids(manifest, arguments.first);
  const Scored first = score(arguments, arguments.first, manifest, ids);
  Scored second = score(arguments, arguments.second, manifest, ids);
  reorder_classes(second.results, second.card.classes, first.card.classes);
  arguments.comparison.first_threshold = first.rule.threshold;
  arguments.comparison.second_threshold = second.rule.threshold;
  arguments.comparison.first_lesion_threshold = first.rule.lesion_threshold;
  arguments.comparison.second_lesion_threshold = second.rule.lesion_threshold;
  ModelComparison comparison = compare_models(first.results, second.results, first.card.classes,
                                              first.card.positive_class, arguments.comparison);
  comparison.first = arguments.first;
  comparison.second = arguments.second;
  std::cout << (arguments.json ? comparison_json(comparison) : comparison_table(comparison));
}

}  // namespace

void add_compare_command(CLI::App& app) {
  auto arguments = std::make_shared<CompareArguments>();
  CLI::App* command = add_command(app, "compare", "test whether two models differ on the same labelled images",
                                  "lanet compare runs/first/best.safetensors runs/second/best.safetensors "
                                  "--data data/busi --subset test");
  command->add_option("first", arguments->first, "model file, or name in models/")->required();
  command->add_option("second", arguments->second, "the other one")->required();
  arguments->subset.add_to(*command, "; neither model may have learned from it");
  add_classes_option(*command, arguments->classes);
  command->add_option("--bootstrap", arguments->comparison.bootstrap_samples, "bootstrap samples for the intervals")
      ->capture_default_str();
  command->add_option("--confidence", arguments->comparison.confidence, "of the intervals")->capture_default_str();
  command->add_option("--seed", arguments->comparison.seed, "of the bootstrap")->capture_default_str();
  command->add_flag("--json", arguments->json, "print JSON in place of the table");
  arguments->engine.add_to(*command);
  command->callback([arguments] { run_compare(*arguments); });
}

}  // namespace lanet
