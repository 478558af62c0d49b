#include "infer/predict_paths.hpp"

#include <algorithm>
#include <fstream>
#include <future>
#include <memory>
#include <optional>
#include <set>
#include <span>

#include <glob.h>

#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/stop_request.hpp"
#include "core/text.hpp"
#include "dicom/dicom_file.hpp"
#include "dicom/dicomdir.hpp"
#include "dicom/result_objects.hpp"
#include "finding/cine.hpp"
#include "finding/finding_json.hpp"
#include "finding/overlay.hpp"
#include "image/codec.hpp"
#include "infer/archive.hpp"
#include "infer/result_algorithm.hpp"
#include "infer/result_name.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

/// Archives in a folder are known by their name as well: office documents are zips, too.
bool is_named_archive(const fs::path& file) {
  const std::string name = to_lower(file.filename().string());
  for (const char* ending : {".zip", ".tar", ".tar.gz", ".tgz"})
    if (name.ends_with(ending)) return !archive_kind_of_file(file).empty();
  return false;
}

bool has_dicom_extension(const fs::path& file) {
  const std::string extension = to_lower(file.extension().string());
  return extension == ".dcm" || extension == ".dicom";
}

/// A damaged DICOM file is known by its name alone: it shall be named, not passed over.
bool is_input(const fs::path& file) {
  if (has_image_extension(file)) return !is_mask_name(file);
  return file.filename() != "DICOMDIR" && (has_dicom_extension(file) || is_dicom_file(file) || is_named_archive(file));
}

std::vector<fs::path> images_below(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied))
    if (entry.is_regular_file() && is_input(entry.path())) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// A DICOMDIR that cannot be read is a problem of its own.
DicomdirImages images_of_medium(const fs::path& dicomdir) {
  try {
    DicomdirImages listed = read_dicomdir(dicomdir);
    if (listed.files.empty() && listed.problems.empty())
      listed.problems.push_back(
          Problem{dicomdir.string(), "no image in the directory", "records of images", "name its folder instead"}
              .line());
    return listed;
  } catch (const DataError& error) {
    return {{}, {error.what()}};
  } catch (const SystemError& error) {
    return {{}, {error.what()}};
  }
}

std::vector<fs::path> expand_pattern(const std::string& pattern) {
  glob_t found{};
  std::vector<fs::path> paths;
  if (glob(pattern.c_str(), GLOB_TILDE, nullptr, &found) == 0)
    for (std::size_t index = 0; index < found.gl_pathc; ++index) paths.emplace_back(found.gl_pathv[index]);
  globfree(&found);
  return paths;
}

std::vector<std::string> csv_columns(const EngineInfo& info) {
  std::vector<std::string> columns{"file", "name", "decision"};
  for (const std::string& name : info.card.classes) columns.push_back("probability_" + name);
  for (const char* name :
       {"lesions", "x1", "y1", "x2", "y2", "area_px", "longest_px", "across_px", "longest_mm", "across_mm", "doubts"})
    columns.emplace_back(name);
  return columns;
}

std::vector<std::string> csv_row(const std::string& file, const Finding& finding) {
  std::vector<std::string> row{file, finding.image_id, finding.decision};
  for (const ClassProbability& item : finding.classes) row.push_back(fixed(item.probability, 6));
  row.push_back(std::to_string(finding.lesions.size()));
  if (finding.lesions.empty()) {
    row.insert(row.end(), 9, "");
  } else {
    const Lesion& largest = finding.lesions.front();
    for (const double side : {largest.box.x1, largest.box.y1, largest.box.x2, largest.box.y2})
      row.push_back(fixed(side, 0));
    row.push_back(std::to_string(largest.area_px));
    row.push_back(fixed(largest.longest_px, 1));
    row.push_back(fixed(largest.across_px, 1));
    row.push_back(largest.longest_mm ? fixed(*largest.longest_mm, 2) : "");
    row.push_back(largest.across_mm ? fixed(*largest.across_mm, 2) : "");
  }
  row.push_back(join_text(finding.doubts, "; "));
  return row;
}

void write_results(const fs::path& base, const Image& image, const Finding& finding,
                   const PredictPathsOptions& options) {
  const auto beside = [&](const char* ending) { return fs::path(base.string() + ending); };
  write_file_atomically(beside(".json"), to_json(finding) + "\n");
  if (options.masks && !finding.mask.empty()) write_png(beside("_mask.png"), finding.mask, PngMark::kResult);
  if (options.overlays) write_png(beside("_overlay.png"), draw_finding(image, finding), PngMark::kResult);
}

constexpr std::size_t kBatch = 8;

/// Puts the findings of one file after another together: the summary of a cine, the DICOM objects.
class FileResults {
 public:
  FileResults(const PredictPathsOptions& options, ResultAlgorithm algorithm, std::vector<std::string>& problems)
      : options_(options), algorithm_(std::move(algorithm)), problems_(problems) {}

  void add(const InputOrigin& origin, const Finding& finding) {
    if (object_ != origin.object) close();
    object_ = origin.object;
    name_ = origin.name;
    if (origin.frame >= 0) {
      if (!summary_) summary_.emplace(origin.frame_ms);
      summary_->add(finding);
    }
    if (!options_.dicom || !origin.dicom) return;
    if (!collector_) collector_.emplace(algorithm_);
    source_ = origin.dicom;
    collector_->add(origin.dicom_frame, finding);
  }
  /// After the last frame of a file.
  void close() {
    if (summary_) write_file_atomically(beside("_summary.json"), summary_->json(name_) + "\n");
    if (collector_) write_objects();
    summary_.reset();
    collector_.reset();
    source_.reset();
  }

 private:
  fs::path beside(const std::string& ending) const { return {(options_.out / name_).string() + ending}; }
  void write_objects() {
    try {
      for (const ResultObject& object : collector_->objects(*source_))
        write_file_atomically(beside("_" + object.kind + ".dcm"), object.bytes);
    } catch (const DataError& error) {  // the object lacks what a reference needs: a fault of this file alone
      problems_.emplace_back(error.what());
    }
  }

  const PredictPathsOptions& options_;
  const ResultAlgorithm algorithm_;
  std::vector<std::string>& problems_;
  std::optional<CineSummary> summary_;
  std::optional<ResultCollector> collector_;
  std::shared_ptr<const DicomFile> source_;
  std::size_t object_ = 0;
  std::string name_;
};

}  // namespace

std::vector<PathToPredict> collect_paths(const std::vector<std::string>& paths, std::vector<std::string>& problems) {
  std::vector<PathToPredict> files;
  std::set<std::string> names;
  std::set<fs::path> seen;
  const auto add = [&](const fs::path& file, const fs::path& name) {
    std::error_code ignored;
    const fs::path canonical = fs::weakly_canonical(file, ignored);
    if (!seen.insert(canonical).second) return;
    files.push_back({file, result_name(name, names)});
  };
  for (const std::string& text : paths) {
    std::vector<fs::path> matches{text};
    if (!fs::exists(text)) matches = expand_pattern(text);
    if (matches.empty()) problems.push_back(Problem{text, "no such file, folder or match", "images", ""}.line());
    for (const fs::path& match : matches) {
      if (is_dicomdir(match)) {
        const DicomdirImages listed = images_of_medium(match);
        for (const fs::path& file : listed.files) add(file, file.lexically_relative(match.parent_path()));
        problems.insert(problems.end(), listed.problems.begin(), listed.problems.end());
        continue;
      }
      if (!fs::is_directory(match)) {
        add(match, match.filename());
        continue;
      }
      const auto inside = images_below(match);
      if (inside.empty())
        problems.push_back(
            Problem{match.string(), "no image", "PNG, JPEG, BMP, TIFF, DICOM files or archives of them", ""}.line());
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
    InputStream stream(files);
    const auto decode = [&stream] { return std::make_shared<InputBatch>(stream.next(kBatch)); };
    auto decoder = std::async(std::launch::async, decode);
    std::future<void> writer;
    const auto wait_for_writer = [&] {
      if (writer.valid()) writer.get();
    };
    FileResults file_results(options, result_algorithm(finder.info()), result.problems);
    for (bool last = false; !last && !stopped;) {
      const std::shared_ptr<InputBatch> batch = decoder.get();
      last = stream.at_end();
      if (!last) decoder = std::async(std::launch::async, decode);
      result.problems.insert(result.problems.end(), batch->problems.begin(), batch->problems.end());
      auto predictions = std::make_shared<std::vector<Prediction>>(finder.find_all(batch->inputs));
      wait_for_writer();
      for (std::size_t index = 0; index < predictions->size(); ++index) {
        const Finding& finding = (*predictions)[index].finding;
        table << csv_line(csv_row(batch->origins[index].file, finding));
        file_results.add(batch->origins[index], finding);
        if (see) see(finding);
        ++result.findings;
      }
      writer = std::async(std::launch::async, [batch, predictions, &options] {
        for (std::size_t index = 0; index < predictions->size(); ++index)
          write_results(options.out / batch->inputs[index].id, batch->inputs[index].image,
                        (*predictions)[index].finding, options);
      });
      progress.update(static_cast<std::int64_t>(batch->files_done), "");
      stopped = stop_requested() && !last;
    }
    if (decoder.valid()) decoder.wait();
    file_results.close();
    wait_for_writer();
    table.flush();
    if (!table) throw SystemError({temporary.string(), "cannot write the file", "room on the disk", ""});
  });
  if (stopped) throw Interrupted("stopped after " + std::to_string(result.findings) + " images");
  progress.end(std::to_string(result.findings) + " images");
  return result;
}

}  // namespace lanet
