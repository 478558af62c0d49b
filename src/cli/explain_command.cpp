#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/program.hpp"
#include "cli/subset_arguments.hpp"
#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/output_folder.hpp"
#include "core/preset.hpp"
#include "core/progress.hpp"
#include "core/stop_request.hpp"
#include "core/text.hpp"
#include "evaluate/bootstrap.hpp"
#include "explain/explainer.hpp"
#include "image/codec.hpp"
#include "image/drawing.hpp"
#include "image/geometry.hpp"
#include "infer/finder.hpp"
#include "infer/predict_paths.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

struct ExplainArguments {
  std::string model;
  std::vector<std::string> paths;
  SubsetArguments subset{{}, {}, "test"};
  std::string out = "explanations";
  bool no_overlays = false;
  bool overwrite = false;
  ExplainOptions options;
};

/// A picture to explain: an image, or one of the pictures of tissue on a screen.
struct Picture {
  std::string name;
  std::string group;
  const Image& image;
  Box region;
  std::optional<Mask> truth{};  // of an image of a data set
};

std::string cell(const std::optional<double>& value) { return value ? exact(*value) : ""; }

/// Mean of the values with its interval over groups, as JSON; null without values.
nlohmann::ordered_json mean_json(const std::vector<std::pair<std::string, double>>& values) {
  if (values.empty()) return nullptr;
  std::vector<std::string> groups;
  for (const auto& [group, value] : values) groups.push_back(group);
  const GroupBootstrap bootstrap(groups, 1);
  const auto mean = [&](const std::vector<double>& weights) {
    double sum = 0, all = 0;
    for (std::size_t index = 0; index < values.size(); ++index) {
      sum += weights[index] * values[index].second;
      all += weights[index];
    }
    return sum / all;
  };
  std::vector<double> samples;
  for (std::int64_t number = 0; number < 2000; ++number) samples.push_back(mean(bootstrap.weights(number)));
  const Interval interval = percentile_interval(samples, 0.95);
  return {{"mean", mean(std::vector<double>(values.size(), 1.0))},
          {"low", interval.low},
          {"high", interval.high},
          {"images", values.size()}};
}

constexpr const char* kTable = "explain.csv";
constexpr const char* kSummary = "explain.json";

/// Explains one picture after the other, and keeps what is measured.
class Explaining {
 public:
  explicit Explaining(const ExplainArguments& arguments)
      : arguments_(arguments),
        out_(arguments.out, arguments.overwrite),
        explainer_(find_model(arguments.model), arguments.options) {
    out_.require_writable({kTable, kSummary});
  }

  void explain(const Picture& picture) {
    const Explanation explanation =
        explainer_.explain(network_input(picture.image, picture.region, explainer_.card().input_size));
    std::optional<double> inside, even;
    if (picture.truth) {
      const Mask seen = crop(*picture.truth, picture.region);
      inside = heat_inside(explanation.heat, seen);
      if (inside) even = heat_inside({1, 1, {1}}, seen);
    }
    const auto add = [&](const char* name, const std::optional<double>& value) {
      if (value) measures_[name].emplace_back(picture.group, *value);
      return cell(value);
    };
    std::optional<double> deletion, insertion;
    if (explanation.scores) {
      deletion = explanation.scores->deletion;
      insertion = explanation.scores->insertion;
    }
    const std::string heat = picture.name + "_heat.png";
    if (arguments_.no_overlays)
      out_.remove_earlier(heat);
    else
      out_.write(heat, encode_png(draw_heat(picture.image, explanation.heat, picture.region), PngMark::kResult));
    rows_.push_back({picture.name, explanation.class_name, exact(explanation.probability), add("heat_inside", inside),
                     add("lesion_share", even), add("deletion", deletion), add("insertion", insertion),
                     add("random_correlation", explanation.random_correlation)});
  }

  /// Each picture of tissue for itself.
  void explain(const FinderInput& input) {
    const std::vector<FinderPart> parts = parts_of(input, false);
    for (std::size_t index = 0; index < parts.size(); ++index) {
      const std::string name = parts.size() == 1 ? input.id : input.id + "_part" + std::to_string(index + 1);
      explain(Picture{name, input.id, input.image, parts[index].region});
    }
  }

  void write() {
    out_.write(kTable, to_csv({"id", "class", "probability", "heat_inside", "lesion_share", "deletion", "insertion",
                               "random_correlation"},
                              rows_));
    nlohmann::ordered_json summary{{"format", "lanet-explain"},
                                   {"version", 1},
                                   {"model", fs::path(arguments_.model).filename().string()},
                                   {"level", arguments_.options.level},
                                   {"images", rows_.size()}};
    for (const auto& [name, values] : measures_) {
      summary[name] = mean_json(values);
      std::cout << name << " " << fixed(summary[name]["mean"].get<double>(), 3) << " ["
                << fixed(summary[name]["low"].get<double>(), 3) << ", " << fixed(summary[name]["high"].get<double>(), 3)
                << "]  " << count_of(values.size(), "image", "images") << "\n";
    }
    out_.write(kSummary, summary.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
    std::cout << "written: " << (out_.path() / kTable).string() << "\n";
  }

  std::size_t count() const { return rows_.size(); }

 private:
  const ExplainArguments& arguments_;
  OutputFolder out_;
  Explainer explainer_;
  std::vector<std::vector<std::string>> rows_;
  std::map<std::string, std::vector<std::pair<std::string, double>>> measures_;
};

void explain_data_set(const ExplainArguments& arguments, Explaining& explaining, Progress& progress,
                      std::vector<std::string>& problems) {
  const Manifest manifest = read_manifest(arguments.subset.data);
  const auto ids = arguments.subset.ids(manifest, arguments.model);
  const std::set<std::string> wanted(ids.begin(), ids.end());
  progress.begin("explain", static_cast<std::int64_t>(wanted.size()));
  for (const Sample& sample : manifest.samples) {
    if (!wanted.contains(sample.id)) continue;
    if (stop_requested()) throw Interrupted("stopped");
    try {
      const Image image = read_image(manifest.image_path(sample));
      const Box whole{0, 0, static_cast<double>(image.width), static_cast<double>(image.height)};
      explaining.explain(Picture{sample.id, group_name(sample), image, sample.crop.value_or(whole),
                                 read_truth_mask(manifest, sample, image.height, image.width)});
    } catch (const DataError& error) {
      problems.emplace_back(error.what());
    }
    progress.update(static_cast<std::int64_t>(explaining.count()), sample.id);
  }
}

/// Whatever predict reads, frame by frame.
void explain_paths(const ExplainArguments& arguments, Explaining& explaining, Progress& progress,
                   std::vector<std::string>& problems) {
  const CollectedPaths collected = collect_inputs(arguments.paths);
  problems.insert(problems.end(), collected.problems.begin(), collected.problems.end());
  for (const std::string& note : collected.notes) std::cerr << note << "\n";
  progress.begin("explain", static_cast<std::int64_t>(collected.files.size()));
  InputStream stream(collected.files);
  while (!stream.at_end()) {
    if (stop_requested()) throw Interrupted("stopped");
    const InputBatch batch = stream.next(1);
    problems.insert(problems.end(), batch.problems.begin(), batch.problems.end());
    for (const FinderInput& input : batch.inputs) {
      try {
        explaining.explain(input);
      } catch (const DataError& error) {
        problems.emplace_back(error.what());
      }
    }
    progress.update(static_cast<std::int64_t>(batch.files_done), "");
  }
}

void run_explain(const ExplainArguments& arguments) {
  if (arguments.paths.empty() && arguments.subset.data.empty())
    throw ConfigError({"lanet explain", "no image", "paths, or a data set by --data", ""});
  std::vector<std::string> problems;
  Explaining explaining(arguments);
  const auto progress = make_console_progress();
  if (!arguments.subset.data.empty()) explain_data_set(arguments, explaining, *progress, problems);
  if (!arguments.paths.empty()) explain_paths(arguments, explaining, *progress, problems);
  progress->end(count_of(explaining.count(), "image", "images") + " explained");
  explaining.write();
  fail_where_some_failed(problems);
}

}  // namespace

void add_explain_command(CLI::App& app) {
  auto arguments = std::make_shared<ExplainArguments>();
  CLI::App* command = add_command(app, "explain", "show where the classifier looks (Grad-CAM), and measure it",
                                  "lanet explain runs/lite0_256/best.safetensors scans/*.png --out explanations");
  command->add_option("model", arguments->model, "model file, or the name of one in models/")->required();
  command->add_option("path", arguments->paths, "image and DICOM files, archives, folders, patterns");
  arguments->subset.add_to(*command, "", false);
  command->add_option("--out", arguments->out, "folder for NAME_heat.png, explain.csv, explain.json")
      ->capture_default_str();
  command->add_option("--layer", arguments->options.level, "feature level, 1 (fine) to 4 (last block)")
      ->capture_default_str();
  command->add_option("--class", arguments->options.class_name, "class to explain (default: the most probable)");
  command->add_option("--steps", arguments->options.steps, "of the deletion and insertion curves; 0: none")
      ->capture_default_str();
  command->add_flag("--no-overlays", arguments->no_overlays, "write no pictures");
  command->add_flag("--overwrite", arguments->overwrite, "also replace files in OUT that lanet did not write");
  command->callback([arguments] { run_explain(*arguments); });
}

}  // namespace lanet
