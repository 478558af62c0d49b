#include <csignal>
#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/engine_arguments.hpp"
#include "cli/program.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "finding/finding_json.hpp"
#include "infer/predict_paths.hpp"

namespace lanet {
namespace {

struct PredictArguments {
  std::string model;
  std::vector<std::string> also;
  std::vector<std::string> paths;
  std::string out = "findings";
  bool no_masks = false;
  bool no_overlays = false;
  bool dicom = false;
  bool json = false;
  bool overwrite = false;
  EngineArguments engine;
};

/// Whoever reads the findings may leave (`| head`): then the work ends as after Ctrl-C, and nothing lies about.
void print_line(const Finding& finding) {
  Finding without_mask = finding;
  without_mask.mask = {};
  std::cout << to_json_line(without_mask) << "\n" << std::flush;
  if (!std::cout) throw ExitWith{kFailed};
}

void run_predict(const PredictArguments& arguments) {
  CollectedPaths inputs = collect_inputs(arguments.paths);
  std::vector<std::string>& problems = inputs.problems;
  for (const std::string& note : inputs.notes) std::cerr << note << "\n";
  std::vector<std::string> models{arguments.model};
  models.insert(models.end(), arguments.also.begin(), arguments.also.end());
  const std::unique_ptr<Engine> engine = arguments.engine.open(models);
  Finder finder(*engine, arguments.engine.finder_options());
  const auto progress = make_console_progress();
  const PredictPathsOptions options{arguments.out, !arguments.no_masks, !arguments.no_overlays, arguments.dicom,
                                    arguments.overwrite};
  std::signal(SIGPIPE, SIG_IGN);
  SeeFinding see;
  if (arguments.json) see = print_line;
  const PredictPathsResult result = predict_paths(finder, inputs.files, options, *progress, see, inputs.notes);
  problems.insert(problems.end(), result.problems.begin(), result.problems.end());
  if (result.results_left_out > 0)
    std::cerr << count_of(static_cast<std::size_t>(result.results_left_out), "result of lanet in archives was",
                          "results of lanet in archives were")
              << " left out\n";
  if (result.masks_left_out > 0)
    std::cerr << count_of(static_cast<std::size_t>(result.masks_left_out), "mask in archives was",
                          "masks in archives were")
              << " left out\n";
  if (!arguments.json && result.findings > 0) std::cout << predict_summary(result, engine->info(), options);
  if (result.findings == 0 && problems.empty())
    throw DataError({arguments.paths.front(), "nothing but masks or results of lanet", "images to look at", ""});
  fail_where_some_failed(problems);
}

}  // namespace

void add_predict_command(CLI::App& app) {
  auto arguments = std::make_shared<PredictArguments>();
  CLI::App* command = add_command(app, "predict", "find and classify lesions in images",
                                  "lanet predict breast_lite0 scans/ 'more/*.png' --out findings");
  command->add_option("model", arguments->model, "model file, or the name of one in models/ (breast_lite0 is bundled)")
      ->required();
  command->add_option("path", arguments->paths, "image files, DICOMDIRs, zip or tar archives, folders, patterns")
      ->required();
  command
      ->add_option("--out", arguments->out,
                   "folder for NAME.json, NAME_mask.png, NAME_overlay.png, findings.csv, findings.html")
      ->capture_default_str();
  command->add_option("--also", arguments->also, "further model files: their mean is taken");
  command->add_flag("--no-masks", arguments->no_masks, "write no mask PNG");
  command->add_flag("--no-overlays", arguments->no_overlays, "write no overlay PNG");
  command->add_flag("--dicom", arguments->dicom,
                    "of DICOM files also write NAME_seg.dcm, NAME_sr.dcm, NAME_sc.dcm: segmentation, report, overlay");
  command->add_flag("--json", arguments->json, "print the findings, one JSON a line (without masks)");
  command->add_flag("--overwrite", arguments->overwrite, "also replace files in --out that lanet did not write");
  arguments->engine.add_to(*command);
  command->callback([arguments] { run_predict(*arguments); });
}

}  // namespace lanet
