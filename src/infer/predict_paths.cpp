#include "infer/predict_paths.hpp"

#include <algorithm>
#include <fstream>
#include <future>
#include <memory>
#include <optional>
#include <set>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/grouped_problems.hpp"
#include "core/output_folder.hpp"
#include "core/readable.hpp"
#include "core/stop_request.hpp"
#include "core/text.hpp"
#include "dicom/dicom_file.hpp"
#include "dicom/lanet_result.hpp"
#include "dicom/result_objects.hpp"
#include "finding/cine.hpp"
#include "finding/finding_json.hpp"
#include "finding/overlay.hpp"
#include "image/codec.hpp"
#include "infer/contact_sheet.hpp"
#include "infer/findings_table.hpp"
#include "infer/input_stream.hpp"
#include "infer/result_algorithm.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTable = "findings.csv";
constexpr const char* kPage = "findings.html";
constexpr std::size_t kLookFirst = 5;

/// No finding at all: what was there stays.
struct NothingFound {};

/// Results in the user's folder, and a line for each that could not be written there.
class ResultFolder {
 public:
  explicit ResultFolder(const PredictPathsOptions& options)
      : options_(options), folder_(options.out, options.overwrite) {}

  OutputFolder& folder() { return folder_; }

  /// Before anything is computed. Throws InTheWay.
  void require_room(const std::vector<PathToPredict>& files) {
    std::vector<fs::path> names{kTable, kPage};
    std::set<fs::path> folders;
    for (const PathToPredict& file : files) {
      folders.insert((options_.out / file.name).parent_path());
      if (!has_image_extension(file.file)) continue;  // archives and cines: what they hold is not known yet
      for (const std::string& ending : endings()) names.push_back(file.name + ending);
    }
    for (const fs::path& name : names)
      if (!may_write(name)) refuse(names);
    for (const fs::path& folder : folders) remove_stale_temporaries(folder);
  }

  /// What an earlier run wrote under a name that this run has no result for: beside the new finding it would be wrong.
  /// One that was changed since stays, with a line.
  void remove_earlier(const std::string& name, std::vector<std::string>& problems) {
    const fs::path file = options_.out / name;
    if (!is_lanet_result_file(file) && !(file.extension() == ".json" && carries_lanet_mark(file))) return;
    if (folder_.was_changed(name))
      problems.push_back((options_.out / name).string() +
                         ": belongs to an earlier finding, but was changed since; it "
                         "stays, and does not fit the new finding");
    else
      folder_.remove_earlier(name);
  }

  /// Writes, or adds a line.
  void write(const std::string& name, const std::string& bytes, std::vector<std::string>& problems) {
    try {
      if (!may_write(name)) refuse({name});
      folder_.write(name, bytes);
    } catch (const InTheWay& error) {
      problems.emplace_back(error.what());
    }
  }

 private:
  std::vector<std::string> endings() const {
    std::vector<std::string> endings{".json"};
    if (options_.masks) endings.emplace_back("_mask.png");
    if (options_.overlays) endings.emplace_back("_overlay.png");
    return endings;
  }
  /// A true mask that an import drew is lanet's own file, and no result of a prediction.
  bool is_true_mask(const fs::path& name) const {
    const fs::path file = options_.out / name;
    return name.extension() == ".png" && carries_lanet_mark(file) && !is_result_picture_file(file);
  }
  bool may_write(const fs::path& name) const {
    return folder_.may_write(name) && (options_.overwrite || !is_true_mask(name));
  }
  [[noreturn]] void refuse(const std::vector<fs::path>& names) const {
    folder_.require_writable(names);
    for (const fs::path& name : names)
      if (is_true_mask(name))
        throw InTheWay({(options_.out / name).string(), "a true mask", "room for a result",
                        "choose another place for the results, or give --overwrite"});
    throw InTheWay({options_.out.string(), "files that changed meanwhile", "a folder of your own", "try again"});
  }

  const PredictPathsOptions& options_;
  OutputFolder folder_;
};

constexpr std::size_t kBatch = 8;

/// Puts the findings of one file after another together: the summary of a cine, the DICOM objects.
class FileResults {
 public:
  FileResults(ResultFolder& folder, bool dicom, ResultAlgorithm algorithm, std::vector<std::string>& problems)
      : folder_(folder), dicom_(dicom), algorithm_(std::move(algorithm)), problems_(problems) {}

  void add(const InputOrigin& origin, const Finding& finding) {
    if (object_ != origin.object) close();
    object_ = origin.object;
    name_ = origin.name;
    if (origin.frame >= 0) {
      if (!summary_) summary_.emplace(origin.frame_ms);
      summary_->add(finding);
    }
    if (!dicom_ || !origin.dicom) return;
    if (!collector_) collector_.emplace(algorithm_);
    source_ = origin.dicom;
    collector_->add(origin.dicom_frame, finding);
  }
  /// After the last frame of a file.
  void close() {
    if (name_.empty()) return;
    const std::string summary = name_ + "_summary.json";
    if (summary_)
      folder_.write(summary, summary_->json(name_) + "\n", problems_);
    else
      folder_.remove_earlier(summary, problems_);
    write_objects();
    name_.clear();
    summary_.reset();
    collector_.reset();
    source_.reset();
  }

 private:
  void write_objects() {
    std::set<std::string> missing{"seg", "sr", "sc"};
    try {
      if (collector_)
        for (const ResultObject& object : collector_->objects(*source_)) {
          folder_.write(object_name(object.kind), object.bytes, problems_);
          missing.erase(object.kind);
        }
    } catch (const DataError& error) {  // the object lacks what a reference needs: a fault of this file alone
      problems_.emplace_back(error.what());
    }
    for (const std::string& kind : missing) folder_.remove_earlier(object_name(kind), problems_);
  }
  std::string object_name(const std::string& kind) const { return name_ + "_" + kind + ".dcm"; }

  ResultFolder& folder_;
  const bool dicom_;
  const ResultAlgorithm algorithm_;
  std::vector<std::string>& problems_;
  std::optional<CineSummary> summary_;
  std::optional<ResultCollector> collector_;
  std::shared_ptr<const DicomFile> source_;
  std::size_t object_ = 0;
  std::string name_;
};

/// Counts for the summary, and the few findings that a person looks at first.
void count(PredictPathsResult& result, const Finding& finding, const std::string& positive) {
  ++result.findings;
  ++result.decisions[finding.decision];
  if (!finding.doubts.empty()) ++result.doubted;
  if (finding.decision != positive) return;
  result.look_first.push_back(
      {finding.image_id, finding.decision, finding.probability_of(positive), finding.doubts.size()});
  std::stable_sort(result.look_first.begin(), result.look_first.end(),
                   [](const WorthALook& one, const WorthALook& other) { return one.probability > other.probability; });
  if (result.look_first.size() > kLookFirst) result.look_first.pop_back();
}

/// The work of a list of files: three batches in a row, one decoded, one computed, one written.
class Work {
 public:
  Work(Finder& finder, const std::vector<PathToPredict>& files, const PredictPathsOptions& options,
       ResultFolder& folder, PredictPathsResult& result)
      : finder_(finder), files_(files), options_(options), folder_(folder), result_(result), stream_(files) {}

  /// Returns whether it was stopped. table, sheet: are filled.
  bool run(std::ofstream& table, ContactSheet& sheet, Progress& progress, const SeeFinding& see) {
    const ModelCard& card = finder_.info().card;
    const auto decode = [this] { return std::make_shared<InputBatch>(stream_.next(kBatch)); };
    auto decoder = std::async(std::launch::async, decode);
    FileResults file_results(folder_, options_.dicom, result_algorithm(finder_.info()), result_.problems);
    bool stopped = false;
    for (bool last = false; !last && !stopped;) {
      const std::shared_ptr<InputBatch> batch = decoder.get();
      last = stream_.at_end();
      if (!last) decoder = std::async(std::launch::async, decode);
      result_.problems.insert(result_.problems.end(), batch->problems.begin(), batch->problems.end());
      result_.results_left_out += static_cast<std::int64_t>(batch->results_left_out);
      result_.masks_left_out += static_cast<std::int64_t>(batch->masks_left_out);
      auto predictions = std::make_shared<std::vector<Prediction>>(finder_.find_all(batch->inputs));
      wait_for_writer();
      for (std::size_t index = 0; index < predictions->size(); ++index) {
        const Finding& finding = (*predictions)[index].finding;
        table << findings_csv_line(findings_row(batch->origins[index].file, finding), card.classes);
        file_results.add(batch->origins[index], finding);
        if (see) see(finding);
        count(result_, finding, card.positive_class);
      }
      writer_ = std::async(std::launch::async,
                           [this, batch, predictions, &sheet] { return write_results(*batch, *predictions, sheet); });
      progress.update(static_cast<std::int64_t>(batch->files_done), "");
      stopped = stop_requested() && !last;
    }
    if (decoder.valid()) decoder.wait();
    file_results.close();
    wait_for_writer();
    return stopped;
  }

 private:
  void wait_for_writer() {
    if (!writer_.valid()) return;
    const std::vector<std::string> problems = writer_.get();
    result_.problems.insert(result_.problems.end(), problems.begin(), problems.end());
  }

  /// Lines for what could not be written.
  std::vector<std::string> write_results(const InputBatch& batch, const std::vector<Prediction>& predictions,
                                         ContactSheet& sheet) {
    std::vector<std::string> problems;
    for (std::size_t index = 0; index < predictions.size(); ++index) {
      const FinderInput& input = batch.inputs[index];
      const Finding& finding = predictions[index].finding;
      folder_.write(input.id + ".json", to_json(finding) + "\n", problems);
      const std::string mask = input.id + "_mask.png", overlay = input.id + "_overlay.png";
      const Image drawn = draw_finding(input.image, finding);
      if (options_.masks && !finding.mask.empty())
        folder_.write(mask, encode_png(finding.mask, PngMark::kResult), problems);
      else
        folder_.remove_earlier(mask, problems);
      if (options_.overlays)
        folder_.write(overlay, encode_png(drawn, PngMark::kResult), problems);
      else
        folder_.remove_earlier(overlay, problems);
      sheet.add(findings_row(batch.origins[index].file, finding), drawn);
    }
    return problems;
  }

  Finder& finder_;
  const std::vector<PathToPredict>& files_;
  const PredictPathsOptions& options_;
  ResultFolder& folder_;
  PredictPathsResult& result_;
  InputStream stream_;
  std::future<std::vector<std::string>> writer_;
};

}  // namespace

PredictPathsResult predict_paths(Finder& finder, const std::vector<PathToPredict>& files,
                                 const PredictPathsOptions& options, Progress& progress, const SeeFinding& see,
                                 const std::vector<std::string>& notes) {
  PredictPathsResult result;
  if (files.empty()) return result;
  ResultFolder folder(options);
  folder.require_room(files);
  bool stopped = false;
  progress.begin("predicting", static_cast<std::int64_t>(files.size()));
  // Table and page grow beside their final names while the images stream through.
  const auto fill = [&](const fs::path& table_file, const fs::path& page_file) {
    std::ofstream table(table_file, std::ios::binary);
    table << findings_csv_header(finder.info().card.classes);
    ContactSheet sheet(page_file, finder.info(), options.overlays);
    stopped = Work(finder, files, options, folder, result).run(table, sheet, progress, see);
    if (result.findings == 0) throw NothingFound();
    sheet.finish(notes, grouped_problems(result.problems));
    table.flush();
    if (!table) throw SystemError({table_file.string(), "cannot write the file", "room on the disk", ""});
  };
  try {
    folder.folder().write_with(kTable, [&](const fs::path& table_file) {
      folder.folder().write_with(kPage, [&](const fs::path& page_file) { fill(table_file, page_file); });
    });
  } catch (const NothingFound&) {
  }
  const std::string looked_at = count_of(static_cast<std::size_t>(result.findings), "image", "images");
  if (stopped) throw Interrupted("stopped after " + looked_at);
  progress.end(looked_at);
  return result;
}

std::string predict_summary(const PredictPathsResult& result, const EngineInfo& info,
                            const PredictPathsOptions& options) {
  std::vector<std::string> decisions;
  for (const std::string& name : info.card.classes)
    if (const auto found = result.decisions.find(name); found != result.decisions.end())
      decisions.push_back(std::to_string(found->second) + " " + readable(name));
  std::string text = std::to_string(result.findings) + (result.findings == 1 ? " finding in " : " findings in ") +
                     options.out.string() + ": " + join_text(decisions, ", ") + "; " +
                     (result.doubted == 0 ? "none" : std::to_string(result.doubted)) + " with doubts\n";
  if (!result.look_first.empty()) {
    std::vector<std::string> names;
    for (const WorthALook& each : result.look_first)
      names.push_back(readable(each.name) + " (" + fixed(each.probability, 2) + ")");
    text += "most " + readable(info.card.positive_class) + ": " + join_text(names, ", ") + "\n";
  }
  return text + "to look through: " + (options.out / kPage).string() + "\n";
}

}  // namespace lanet
