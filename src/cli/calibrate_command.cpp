#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/engine_arguments.hpp"
#include "cli/program.hpp"
#include "cli/subset_arguments.hpp"
#include "core/error.hpp"
#include "core/output_folder.hpp"
#include "core/preset.hpp"
#include "core/settings.hpp"
#include "core/text.hpp"
#include "dataset/split.hpp"
#include "evaluate/calibration.hpp"
#include "evaluate/lesion_threshold.hpp"
#include "evaluate/model_classes.hpp"
#include "evaluate/score.hpp"
#include "modelfile/compact.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr double kLesionSensitivity = 0.95;

struct CalibrateArguments {
  std::string model, out;
  SubsetArguments subset{{}, {}, "val"};
  std::vector<std::string> classes;
  bool overwrite = false, keep_temperature = false;
  std::string licence, notes, lesion_sensitivity;
  EngineArguments engine;
};

struct Labelled {
  std::vector<std::vector<double>> probabilities;
  std::vector<std::int64_t> truth;
  std::vector<std::string> groups;
};

Labelled predict_subset(const CalibrateArguments& arguments) {
  Manifest manifest = read_manifest(arguments.subset.data);
  auto ids = arguments.subset.ids(manifest, arguments.model);
  const auto engine = arguments.engine.open({arguments.model});
  const auto progress = make_console_progress();
  for (const std::string& note :
       fit_classes(manifest, ids, engine->info().card, ClassMap(arguments.classes), arguments.subset.data))
    progress->note(note);
  Finder finder(*engine, arguments.engine.finder_options());
  Labelled labelled;
  for (const ImageResult& result : score_dataset(finder, manifest, ids, *progress)) {
    if (result.truth_class < 0) continue;
    labelled.probabilities.push_back(result.probabilities);
    labelled.truth.push_back(result.truth_class);
    labelled.groups.push_back(result.group);
  }
  return labelled;
}

/// The lesion threshold by the calibrated probabilities; says what it does.
void choose_threshold(ModelCard& card, const std::vector<std::vector<double>>& calibrated, const Labelled& labelled,
                      const DecisionRule& rule, double sensitivity, std::optional<double> given) {
  std::vector<LesionScore> images;
  for (std::size_t image = 0; image < calibrated.size(); ++image)
    images.push_back({lesion_probability(calibrated[image], rule),
                      static_cast<std::size_t>(labelled.truth[image]) != *rule.normal, labelled.groups[image]});
  const auto chosen = given ? measured_lesion_threshold(images, *given) : choose_lesion_threshold(images, sensitivity);
  std::cout << lesion_threshold_text(chosen, card.lesion_threshold, given ? std::nullopt : std::optional(sensitivity))
            << "\n";
  if (chosen) card.lesion_threshold = chosen->threshold;
}

void run_calibrate(const CalibrateArguments& arguments) {
  const fs::path model = find_model(arguments.model);
  const fs::path out = changed_model_file(arguments.model, arguments.out);
  const fs::path manifest_path = manifest_file(arguments.subset.data);
  require_no_input("--out", out, {manifest_path, manifest_path.parent_path() / "split.csv", arguments.subset.split});
  ModelCard card = read_card(model);
  const FinderOptions finder_options = arguments.engine.finder_options();
  const DecisionRule rule = decision_rule(card, finder_options);
  const double sensitivity = arguments.lesion_sensitivity.empty()
                                 ? kLesionSensitivity
                                 : parse_share(arguments.lesion_sensitivity, "--lesion-sensitivity");
  require_range("--lesion-sensitivity", sensitivity, 0.5, 1);
  if (!rule.normal && !arguments.lesion_sensitivity.empty())
    throw ConfigError({"--lesion-sensitivity", "a model of the classes " + join_text(card.classes, ", "),
                       "one with a normal class", "leave the option out"});
  const std::optional<double> given = finder_options.lesion_threshold;
  if (given && !arguments.lesion_sensitivity.empty())
    throw ConfigError({"--lesion-threshold", "with --lesion-sensitivity", "one of them", ""});
  // The model itself may be changed; what else lies at --out is the user's.
  std::error_code ignored;
  OutputFolder folder(out.parent_path(), arguments.overwrite || fs::equivalent(model, out, ignored));
  folder.require_writable({out.filename()}, kModelKind);
  const Labelled labelled = predict_subset(arguments);
  // What the engine says is calibrated by the card's temperature already.
  const double factor = arguments.keep_temperature
                            ? 1
                            : trusted_temperature(labelled.probabilities, labelled.truth, card.classes,
                                                  arguments.subset.data + ", subset " + arguments.subset.subset);
  const auto positive = static_cast<std::int64_t>(rule.positive);
  const std::vector<double> ones(labelled.truth.size(), 1.0);
  const auto error = [&](const std::vector<std::vector<double>>& probabilities) {
    return fixed(calibration_error(reliability(probabilities, labelled.truth, positive, ones)), 3);
  };
  const auto calibrated = scale_temperature(labelled.probabilities, factor);
  std::cout << "positive class: " << card.positive_class << "\ntemperature " << fixed(card.temperature, 3) << " -> "
            << fixed(card.temperature * factor, 3) << " on " << count_of(labelled.truth.size(), "image", "images")
            << "; calibration error " << error(labelled.probabilities) << " -> " << error(calibrated) << "\n";
  card.temperature *= factor;
  if (rule.normal) choose_threshold(card, calibrated, labelled, rule, sensitivity, given);
  if (!arguments.licence.empty()) card.licence = arguments.licence;
  if (!arguments.notes.empty()) card.notes = arguments.notes;
  folder.write_with(out.filename(), [&](const fs::path& file) { write_with_card(model, card, file); });
  std::cout << "written: " << out.string() << "\n";
}

}  // namespace

void add_calibrate_command(CLI::App& app) {
  auto arguments = std::make_shared<CalibrateArguments>();
  CLI::App* command =
      add_command(app, "calibrate", "make a model's probabilities honest: temperature scaling on validation images",
                  "lanet calibrate runs/lite0_256/best.safetensors --data data/busi --subset val");
  command->add_option("model", arguments->model, "model file")->required();
  arguments->subset.add_to(*command, "; never the one that is tested");
  command->add_option("--out", arguments->out,
                      "model file to write (default: the same; a bundled model needs another)");
  add_classes_option(*command, arguments->classes);
  command->add_option("--lesion-sensitivity", arguments->lesion_sensitivity,
                      "share of the images with a lesion that shall be seen (default: 95%);\n"
                      "the lesion threshold is chosen for it, with a normal class");
  command->add_flag("--keep-temperature", arguments->keep_temperature,
                    "leave the temperature as it is, and choose the lesion threshold alone");
  command->add_flag("--overwrite", arguments->overwrite, "replace a file at --out that lanet did not write");
  command->add_option("--licence", arguments->licence, "licence to write into the model's card");
  command->add_option("--notes", arguments->notes, "notes to write into the model's card");
  arguments->engine.add_to(*command);
  command->get_option("--lesion-threshold")
      ->description("lesion threshold to write in place of a chosen one (with a normal class)");
  command->callback([arguments] { run_calibrate(*arguments); });
}

}  // namespace lanet
