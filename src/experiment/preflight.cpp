#include "experiment/preflight.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <system_error>

#include "core/child_process.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "dataset/manifest.hpp"
#include "dataset/split.hpp"
#include "network/backbone.hpp"
#include "network/cost.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

/// A text of the settings without its quotes.
std::string setting(const Cell& cell, const std::string& key) {
  const auto found = cell.settings.find(key);
  if (found == cell.settings.end()) return "";
  const std::string& text = found->second;
  const bool quoted = text.size() >= 2 && (text.front() == '\'' || text.front() == '"');
  return quoted ? text.substr(1, text.size() - 2) : text;
}

std::string trainings(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " training needs" : " trainings need");
}

void check_weights(const std::vector<Cell>& cells, Preflight& found) {
  std::map<fs::path, std::vector<const Cell*>> missing;
  for (const Cell& cell : cells) {
    const std::string weights = setting(cell, "weights");
    if (weights == "none" || weights.empty()) continue;
    const fs::path file = weights == "imagenet" ? home_folder() / "models" / (cell.backbone + "_imagenet.safetensors")
                                                : fs::path(weights);
    if (!fs::is_regular_file(file)) missing[file].push_back(&cell);
  }
  for (const auto& [file, of_cells] : missing)
    found.problems.push_back(Problem{
        file.string(), "no such file",
        "weights of " + of_cells.front()->backbone + " to start from (" + trainings(of_cells.size()) + " them)",
        "import them with `lanet weights import FILE.pth` (models/README.md says where they are), or start from "
        "random weights by --set weights=none"}
                                 .line());
}

/// Location labels among the images that a cell may train on: all that are not its test subset.
void check_locations(const std::vector<const Cell*>& cells, const Manifest& manifest, Preflight& found) {
  std::size_t labelled = 0;
  for (const Sample& sample : manifest.samples) labelled += sample.has_location() ? 1 : 0;
  std::size_t without_any = 0, without_all = 0;
  for (const Cell* cell : cells) {
    if (!locates(cell->head)) continue;
    if (labelled == 0)
      ++without_any;
    else if (cell->head.starts_with("rmtl") && labelled < manifest.samples.size())
      ++without_all;
  }
  const std::string& data = cells.front()->data;
  if (without_any > 0)
    found.problems.push_back(Problem{data, "no image with a location label",
                                     "masks or boxes (" + trainings(without_any) + " them)",
                                     "add masks, or take the network without location by --only head=vanilla"}
                                 .line());
  if (without_all > 0)
    found.problems.push_back(
        Problem{data, std::to_string(manifest.samples.size() - labelled) + " images without a location label",
                "one for every image (" + trainings(without_all) + " it: RMTL cannot learn from images without)",
                "add masks or boxes, or leave RMTL out by --only head=la_net --only head=vanilla"}
            .line());
}

/// Patients that stand on both sides make a test look better than it is.
void check_groups(const std::vector<const Cell*>& cells, const Manifest& manifest, Preflight& found) {
  const std::string& data = cells.front()->data;
  const bool any = std::any_of(manifest.samples.begin(), manifest.samples.end(),
                               [](const Sample& sample) { return !sample.group.empty(); });
  if (!any) {
    found.notes.push_back(data +
                          ": no image has a group, so that nobody knows whether images of one patient stand in "
                          "training and test alike; fill the column `group`, or run `lanet data audit --group`");
    return;
  }
  const std::string named = setting(*cells.front(), "data.split");
  const fs::path folder = fs::is_directory(data) ? fs::path(data) : fs::path(data).parent_path();
  const SplitLeaks leaks =
      find_leaks(manifest.samples, read_split(named.empty() ? folder / "split.csv" : fs::path(named)));
  if (leaks.test_images > 0)
    found.notes.push_back(data + ": " + std::to_string(leaks.test_images) +
                          " test images have a relative (patient, video or duplicate) in training: the figures will "
                          "be too good; split anew with `lanet data split`");
}

/// The nearest folder at or above a path that is there.
fs::path existing_folder(fs::path path) {
  std::error_code code;
  path = fs::absolute(path, code).lexically_normal();
  while (!fs::exists(path, code) && path.has_relative_path()) path = path.parent_path();
  return path;
}

void check_space(const std::vector<Cell>& cells, const fs::path& results, Preflight& found) {
  double needed = 0;
  for (const Cell& cell : cells) needed += run_bytes(cell.backbone);
  const fs::path folder = existing_folder(results);
  std::error_code code;
  const fs::space_info space = fs::space(folder, code);
  constexpr double kGigabyte = 1e9;
  if (!code && static_cast<double>(space.available) < needed)
    found.problems.push_back(
        Problem{results.string(), fixed(static_cast<double>(space.available) / kGigabyte, 1) + " GB of free space",
                "about " + fixed(needed / kGigabyte, 1) + " GB for " + std::to_string(cells.size()) + " trainings",
                "choose another --out, or free space on that disk"}
            .line());
}

}  // namespace

double run_bytes(const std::string& backbone) {
  // Two checkpoints of network and two moments, two best networks: 8 times the parameters in fp32; a tenth more for
  // what normalization keeps and for other files, and 55 MB for the largest head and the predictions.
  constexpr double kBytesAParameter = 36, kRest = 55e6;
  constexpr std::int64_t kSide = 256;
  const NetworkCost cost = cost_of(backbone_list(find_backbone(backbone), 3), kSide);
  return kBytesAParameter * static_cast<double>(cost.parameters) + kRest;
}

Preflight check_before_training(const std::vector<Cell>& cells, const fs::path& results) {
  Preflight found;
  if (cells.empty()) return found;
  check_weights(cells, found);
  std::map<std::string, std::vector<const Cell*>> by_data;
  for (const Cell& cell : cells) by_data[cell.data].push_back(&cell);
  for (const auto& [data, of_data] : by_data) {
    const Manifest manifest = read_manifest(data);
    check_locations(of_data, manifest, found);
    check_groups(of_data, manifest, found);
  }
  check_space(cells, results, found);
  return found;
}

}  // namespace lanet
