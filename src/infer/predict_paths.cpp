#include "infer/predict_paths.hpp"

#include <algorithm>
#include <fstream>
#include <future>
#include <memory>
#include <set>
#include <span>

#include <glob.h>

#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/prefetch.hpp"
#include "core/stop_request.hpp"
#include "core/text.hpp"
#include "finding/finding_json.hpp"
#include "finding/overlay.hpp"
#include "image/codec.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> images_below(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied))
    if (entry.is_regular_file() && has_image_extension(entry.path()) && !is_mask_name(entry.path()))
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<fs::path> expand_pattern(const std::string& pattern) {
  glob_t found{};
  std::vector<fs::path> paths;
  if (glob(pattern.c_str(), GLOB_TILDE, nullptr, &found) == 0)
    for (std::size_t index = 0; index < found.gl_pathc; ++index) paths.emplace_back(found.gl_pathv[index]);
  globfree(&found);
  return paths;
}

std::string free_name(const std::string& wanted, std::set<std::string>& taken) {
  std::string name = wanted;
  for (int number = 2; !taken.insert(name).second; ++number) name = wanted + "_" + std::to_string(number);
  return name;
}

std::vector<std::string> csv_columns(const EngineInfo& info) {
  std::vector<std::string> columns{"file", "name", "decision"};
  for (const std::string& name : info.card.classes) columns.push_back("probability_" + name);
  for (const char* name : {"lesions", "x1", "y1", "x2", "y2", "area_px", "longest_px", "across_px", "doubts"})
    columns.emplace_back(name);
  return columns;
}

std::vector<std::string> csv_row(const std::string& file, const Finding& finding) {
  std::vector<std::string> row{file, finding.image_id, finding.decision};
  for (const ClassProbability& item : finding.classes) row.push_back(fixed(item.probability, 6));
  row.push_back(std::to_string(finding.lesions.size()));
  if (finding.lesions.empty()) {
    row.insert(row.end(), 7, "");
  } else {
    const Lesion& largest = finding.lesions.front();
    for (const double side : {largest.box.x1, largest.box.y1, largest.box.x2, largest.box.y2})
      row.push_back(fixed(side, 0));
    row.push_back(std::to_string(largest.area_px));
    row.push_back(fixed(largest.longest_px, 1));
    row.push_back(fixed(largest.across_px, 1));
  }
  row.push_back(join_text(finding.doubts, "; "));
  return row;
}

void write_results(const fs::path& base, const Image& image, const Finding& finding,
                   const PredictPathsOptions& options) {
  const auto beside = [&](const char* ending) { return fs::path(base.string() + ending); };
  write_file_atomically(beside(".json"), to_json(finding) + "\n");
  if (options.masks && !finding.mask.empty()) write_png(beside("_mask.png"), finding.mask);
  if (options.overlays) write_png(beside("_overlay.png"), draw_finding(image, finding));
}

constexpr std::size_t kBatch = 8;

/// Images of one call of the network, and what became of those that could not be read.
struct DecodedBatch {
  std::vector<FinderInput> inputs;
  std::vector<std::string> files;  // one an input
  std::vector<std::string> problems;
};

DecodedBatch decode_batch(std::span<const PathToPredict> files) {
  DecodedBatch batch;
  for (const PathToPredict& file : files) {
    try {
      batch.inputs.push_back({file.name, read_image(file.file), std::nullopt, std::nullopt});
      batch.files.push_back(file.file.string());
    } catch (const DataError& error) {
      batch.problems.emplace_back(error.what());
    } catch (const SystemError& error) {  // vanished or unreadable: a fault of this file alone
      batch.problems.emplace_back(error.what());
    }
  }
  return batch;
}

}  // namespace

std::vector<PathToPredict> collect_paths(const std::vector<std::string>& paths, std::vector<std::string>& problems) {
  std::vector<PathToPredict> files;
  std::set<std::string> names;
  std::set<fs::path> seen;
  const auto add = [&](const fs::path& file, const fs::path& name) {
    std::error_code ignored;
    const fs::path canonical = fs::weakly_canonical(file, ignored);
    if (!seen.insert(canonical).second) return;
    files.push_back({file, free_name(fs::path(name).replace_extension().generic_string(), names)});
  };
  for (const std::string& text : paths) {
    std::vector<fs::path> matches{text};
    if (!fs::exists(text)) matches = expand_pattern(text);
    if (matches.empty()) problems.push_back(Problem{text, "no such file, folder or match", "images", ""}.line());
    for (const fs::path& match : matches) {
      if (!fs::is_directory(match)) {
        add(match, match.filename());
        continue;
      }
      const auto inside = images_below(match);
      if (inside.empty())
        problems.push_back(Problem{match.string(), "no image", "PNG, JPEG, BMP or TIFF files", ""}.line());
      for (const fs::path& file : inside) add(file, file.lexically_relative(match));
    }
  }
  return files;
}

PredictPathsResult predict_paths(Finder& finder, const std::vector<PathToPredict>& files,
                                 const PredictPathsOptions& options, Progress& progress, const SeeFinding& see) {
  PredictPathsResult result;
  bool stopped = false;
  progress.begin("predicting", static_cast<std::int64_t>(files.size()));
  // The table grows beside its final name while the images stream through.
  replace_file_atomically(options.out / "findings.csv", [&](const fs::path& temporary) {
    std::ofstream table(temporary, std::ios::binary);
    table << to_csv(csv_columns(finder.info()), {});
    const auto batches = static_cast<std::int64_t>((files.size() + kBatch - 1) / kBatch);
    Prefetch<DecodedBatch> decoder(batches, [&](std::int64_t batch) {
      const std::span<const PathToPredict> all(files);
      const std::size_t first = static_cast<std::size_t>(batch) * kBatch;
      return decode_batch(all.subspan(first, std::min(kBatch, all.size() - first)));
    });
    std::future<void> writer;
    const auto wait_for_writer = [&] {
      if (writer.valid()) writer.get();
    };
    std::int64_t done = 0;
    while (decoder.has_next() && !stopped) {
      auto batch = std::make_shared<DecodedBatch>(decoder.next());
      done += static_cast<std::int64_t>(batch->inputs.size() + batch->problems.size());
      result.problems.insert(result.problems.end(), batch->problems.begin(), batch->problems.end());
      auto predictions = std::make_shared<std::vector<Prediction>>(finder.find_all(batch->inputs));
      wait_for_writer();
      for (std::size_t index = 0; index < predictions->size(); ++index) {
        const Finding& finding = (*predictions)[index].finding;
        table << csv_line(csv_row(batch->files[index], finding));
        if (see) see(finding);
        ++result.findings;
      }
      writer = std::async(std::launch::async, [batch, predictions, &options] {
        for (std::size_t index = 0; index < predictions->size(); ++index)
          write_results(options.out / batch->inputs[index].id, batch->inputs[index].image,
                        (*predictions)[index].finding, options);
      });
      progress.update(done, "");
      stopped = stop_requested() && decoder.has_next();
    }
    wait_for_writer();
    table.flush();
    if (!table) throw SystemError({temporary.string(), "cannot write the file", "room on the disk", ""});
  });
  if (stopped)
    throw Interrupted("stopped after " + std::to_string(result.findings) + " of " + std::to_string(files.size()) +
                      " images");
  progress.end(std::to_string(result.findings) + " images");
  return result;
}

}  // namespace lanet
