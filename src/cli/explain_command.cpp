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

struct Arguments {
  std::string model;
  std::vector<std::string> paths;
  SubsetArguments subset{{}, {}, "test"};
  std::string out = "explanations";
  bool no_overlays = false;
  ExplainOptions options;
};

/// An image to explain, with its truth where it comes from a data set.
struct Item {
  std::string name;
  fs::path file;
  std::string group;
  std::optional<Box> region;
  const Sample* sample = nullptr;
};

std::vector<Item> items_of(const Arguments& arguments, const Manifest& manifest, std::vector<std::string>& problems) {
  std::vector<Item> items;
  if (!arguments.subset.data.empty()) {
    const auto ids = arguments.subset.ids(manifest, arguments.model);
    const std::set<std::string> wanted(ids.begin(), ids.end());
    for (const Sample& sample : manifest.samples)
      if (wanted.contains(sample.id))
        items.push_back({sample.id, manifest.image_path(sample), group_name(sample), sample.crop, &sample});
  }
  for (const PathToPredict& path : collect_paths(arguments.paths, problems))
    items.push_back({path.name, path.file, path.name, std::nullopt, nullptr});
  return items;
}

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

void run(const Arguments& arguments) {
  if (arguments.paths.empty() && arguments.subset.data.empty())
    throw ConfigError({"lanet explain", "no image", "paths, or a data set by --data", ""});
  const Manifest manifest = arguments.subset.data.empty() ? Manifest{} : read_manifest(arguments.subset.data);
  std::vector<std::string> problems;
  const std::vector<Item> items = items_of(arguments, manifest, problems);
  Explainer explainer(find_model(arguments.model), arguments.options);
  const auto progress = make_console_progress();
  progress->begin("explain", static_cast<std::int64_t>(items.size()));
  std::vector<std::vector<std::string>> rows;
  std::map<std::string, std::vector<std::pair<std::string, double>>> measures;
  for (const Item& item : items) {
    if (stop_requested()) throw Interrupted("stopped");
    try {
      const Image image = read_image(item.file);
      const Box region = item.region.value_or(Box{0, 0, double(image.width), double(image.height)});
      const Explanation explanation = explainer.explain(network_input(image, region, explainer.card().input_size));
      std::optional<double> inside, even;
      if (item.sample) {
        if (const auto truth = read_truth_mask(manifest, *item.sample, image.height, image.width)) {
          const Mask seen = crop(*truth, region);
          inside = heat_inside(explanation.heat, seen);
          if (inside) even = heat_inside({1, 1, {1}}, seen);
        }
      }
      const auto add = [&](const char* name, const std::optional<double>& value) {
        if (value) measures[name].emplace_back(item.group, *value);
        return cell(value);
      };
      std::optional<double> deletion, insertion;
      if (explanation.scores) {
        deletion = explanation.scores->deletion;
        insertion = explanation.scores->insertion;
      }
      rows.push_back({item.name, explanation.class_name, exact(explanation.probability), add("heat_inside", inside),
                      add("lesion_share", even), add("deletion", deletion), add("insertion", insertion),
                      add("random_correlation", explanation.random_correlation)});
      if (!arguments.no_overlays)
        write_png(fs::path(arguments.out) / (item.name + "_heat.png"), draw_heat(image, explanation.heat, region),
                  PngMark::kResult);
    } catch (const DataError& error) {
      problems.emplace_back(error.what());
    }
    progress->update(static_cast<std::int64_t>(rows.size()), item.name);
  }
  progress->end(std::to_string(rows.size()) + " images explained");
  write_file_atomically(fs::path(arguments.out) / "explain.csv",
                        to_csv({"id", "class", "probability", "heat_inside", "lesion_share", "deletion", "insertion",
                                "random_correlation"},
                               rows));
  nlohmann::ordered_json summary{{"model", fs::path(arguments.model).filename().string()},
                                 {"level", arguments.options.level},
                                 {"images", rows.size()}};
  for (const auto& [name, values] : measures) {
    summary[name] = mean_json(values);
    std::cout << name << " " << fixed(summary[name]["mean"].get<double>(), 3) << " ["
              << fixed(summary[name]["low"].get<double>(), 3) << ", " << fixed(summary[name]["high"].get<double>(), 3)
              << "]  " << values.size() << " images\n";
  }
  write_file_atomically(fs::path(arguments.out) / "explain.json", summary.dump(2) + "\n");
  std::cout << "written: " << (fs::path(arguments.out) / "explain.csv").string() << "\n";
  fail_where_some_failed(problems);
}

}  // namespace

void add_explain_command(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = add_command(app, "explain", "show where the classifier looks (Grad-CAM), and measure it",
                                  "lanet explain runs/lite0_256/best.safetensors scans/*.png --out explanations");
  command->add_option("model", arguments->model, "model file, or the name of one in models/")->required();
  command->add_option("path", arguments->paths, "image files, folders, patterns");
  arguments->subset.add_to(*command, "", false);
  command->add_option("--out", arguments->out, "folder for NAME_heat.png, explain.csv, explain.json")
      ->capture_default_str();
  command->add_option("--layer", arguments->options.level, "feature level, 1 (fine) to 4 (last block)")
      ->capture_default_str();
  command->add_option("--class", arguments->options.class_name, "class to explain (default: the most probable)");
  command->add_option("--steps", arguments->options.steps, "of the deletion and insertion curves; 0: none")
      ->capture_default_str();
  command->add_flag("--no-overlays", arguments->no_overlays, "write no pictures");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace lanet
