#include <algorithm>
#include <ctime>
#include <iostream>
#include <memory>
#include <mutex>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/engine_arguments.hpp"
#include "cli/program.hpp"
#include "core/preset.hpp"
#include "core/stop_request.hpp"
#include "core/text.hpp"
#include "finding/no_lesion.hpp"
#include "infer/dicom_input.hpp"
#include "infer/result_algorithm.hpp"
#include "node/node.hpp"
#include "node/queue_status.hpp"

namespace lanet {
namespace {

struct DicomNodeArguments {
  std::string config;
  std::vector<std::string> set;
  std::string status;
  bool json = false;
  bool print_settings = false;
};

NodeOptions read_options(const DicomNodeArguments& arguments) {
  NodeOptions options;
  if (!arguments.config.empty()) read_toml_file(find_preset(arguments.config, "configs/services"), fields_of(options));
  for (const std::string& assignment : arguments.set) apply_assignment(assignment, fields_of(options));
  options.validate();
  return options;
}

/// "2 of 40 frames with a lesion; malignant 0.87" of what was found in an object, for the audit log; "no lesion found"
/// where every frame is called normal.
class FoundWords {
 public:
  void add(const Finding& finding) {
    ++frames_;
    with_lesion_ += finding.lesions.empty() ? 0 : 1;
    normal_ += says_no_lesion(finding) ? 1 : 0;
    for (const ClassProbability& item : finding.classes)
      if (item.name == finding.decision && item.probability > highest_) {
        highest_ = item.probability;
        decision_ = finding.decision;
      }
  }
  std::string text() const {
    return fmt::format("{}{} of {} frames with a lesion; {} {:.2f}", normal_ == frames_ ? "no lesion found: " : "",
                       with_lesion_, frames_, decision_, highest_);
  }

 private:
  std::int64_t frames_ = 0, with_lesion_ = 0, normal_ = 0;
  double highest_ = 0;
  std::string decision_;
};

Looked look_at(Finder& finder, const ResultKinds& kinds, const DicomFile& file) {
  constexpr std::int64_t kBatch = 8;
  ResultCollector collector(result_algorithm(finder.info()), kinds);
  FoundWords words;
  const DicomInfo& info = file.info();
  for (std::int64_t first = 0; first < info.frames; first += kBatch) {
    std::vector<FinderInput> inputs;
    for (std::int64_t frame = first; frame < std::min(first + kBatch, info.frames); ++frame)
      inputs.push_back(dicom_input(file, frame, info.sop_instance_uid));
    const std::vector<Prediction> predictions = finder.find_all(inputs);
    for (std::size_t index = 0; index < predictions.size(); ++index) {
      collector.add(first + static_cast<std::int64_t>(index), predictions[index].finding);
      words.add(predictions[index].finding);
    }
  }
  return {collector.objects(file), words.text()};
}

/// A line on standard error with its time, from any thread.
void log_line(const std::string& text) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  std::cerr << fmt::format("{:%Y-%m-%dT%H:%M:%SZ} {}\n", fmt::gmtime(std::time(nullptr)), text) << std::flush;
}

void run_node(const NodeOptions& options) {
  const NodeModel& model = options.model;
  const std::unique_ptr<Engine> engine = open_engine(model.model, {"openvino", "auto", model.precision, model.threads});
  FinderOptions finder_options;
  if (model.threshold >= 0) finder_options.threshold = model.threshold;
  if (model.lesion_threshold >= 0) finder_options.lesion_threshold = model.lesion_threshold;
  Finder finder(*engine, finder_options);
  const ResultKinds kinds{model.segmentation, model.report, model.secondary_capture};
  const NodeWorker worker{finder.info().model_id, [&](const DicomFile& file) { return look_at(finder, kinds, file); }};
  Node node(options, worker, log_line);
  node.run(stop_requested);
}

void print_status(const QueueStatus& status) {
  std::cout << fmt::format("{:<12}{:>8}\n{:<12}{:>8}\n{:<12}{:>8}\n{:<12}{:>8}\n{:<12}{:>8}\n", "to look at",
                           status.to_look_at, "to send", status.to_send, "done", status.done, "parked", status.parked,
                           "failed", status.failed);
  std::cout << "on disk " << human_bytes(static_cast<double>(status.bytes)) << " (without what is done)\n";
  if (status.oldest_seconds) std::cout << "the oldest waits for " << human_seconds(*status.oldest_seconds) << "\n";
  if (!status.destinations.empty())
    std::cout << fmt::format("\n{:<20}{:>8}{:>8}{:>8}  {}\n", "destination", "waiting", "sent", "parked", "trouble");
  for (const auto& [name, destination] : status.destinations)
    std::cout << fmt::format("{:<20}{:>8}{:>8}{:>8}  {}\n", name, destination.waiting, destination.sent,
                             destination.parked, destination.problem);
  for (const std::string& failure : status.failures) std::cout << "failed: " << failure << "\n";
}

void run_dicom_node(const DicomNodeArguments& arguments) {
  if (!arguments.status.empty()) {
    const QueueStatus status = read_queue_status(arguments.status);
    if (arguments.json)
      std::cout << status.json() << "\n";
    else
      print_status(status);
    return;
  }
  NodeOptions options = read_options(arguments);
  if (arguments.print_settings)
    std::cout << to_commented_toml(fields_of(options));
  else
    run_node(options);
}

}  // namespace

void add_dicom_node_command(CLI::App& dicom) {
  auto arguments = std::make_shared<DicomNodeArguments>();
  CLI::App* command =
      add_command(dicom, "node", "receive images (C-STORE), look at them, send the results on; loses nothing",
                  "lanet dicom node --config configs/services/node.toml --set listen.port=11112\n"
                  "  lanet dicom node --status lanet-queue");
  command->add_option("--config", arguments->config,
                      "settings (configs/services/node.toml is the commented list of all)");
  command->add_option("--set", arguments->set, "one setting: table.key=value; may be repeated")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("--status", arguments->status, "say what the queue in this folder holds, and end");
  command->add_flag("--json", arguments->json, "with --status: as JSON");
  command->add_flag("--print-settings", arguments->print_settings, "print the settings as they would be used, and end");
  command->callback([arguments] { run_dicom_node(*arguments); });
}

}  // namespace lanet
