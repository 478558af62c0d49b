#include "dicom/deidentify_files.hpp"

#include <optional>
#include <set>

#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/output_folder.hpp"
#include "core/stop_request.hpp"
#include "core/text.hpp"
#include "dicom/mapping_file.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kReport = "deidentify-report.csv";
const std::vector<std::string> kReportColumns{"file", "tag", "keyword", "action", "count"};

class Run {
 public:
  Run(const DeidentifyPlaces& places, const DeidentifyOptions& options, Pseudonyms& pseudonyms)
      : out_(places.out, places.overwrite),
        overwrite_(places.overwrite),
        places_(places),
        options_(options),
        pseudonyms_(pseudonyms) {
    if (places.mapping.empty() || fs::exists(places.mapping)) mapping_.emplace(places.mapping);
    out_.require_writable({kReport});
    read_report();
  }

  DeidentifiedFile deidentify_one(const fs::path& source) {
    DeidentifiedFile file{source, "", "", {}};
    try {
      DeidentifiedObject object = deidentify(DicomFile::open(source), options_, pseudonyms_);
      const std::string stem = object.patient + "/" + object.sop_instance_uid;
      const std::string name = free_name(source, stem, object.bytes);
      if (name != stem + ".dcm") object.notices.push_back("another file has the same SOP Instance UID");
      out_.require_writable({name}, kind_of_result(object.bytes));
      prepare();
      mapping_->add(pseudonyms_.take_made());
      mapping_->add_file(source, name);
      out_.write(name, object.bytes);
      taken_.insert(name);
      object.bytes.clear();
      file.file = name;
      file.what = std::move(object);
      note(file);
    } catch (const DataError& error) {
      file.reason = error.what();
    }
    if (mapping_) mapping_->add(pseudonyms_.take_made());
    return file;
  }

  /// Nothing where this run has no result.
  void write_report() {
    if (taken_.empty()) return;
    std::vector<std::vector<std::string>> rows = earlier_;
    std::erase_if(rows, [this](const auto& row) { return taken_.contains(row[0]); });
    rows.insert(rows.end(), rows_.begin(), rows_.end());
    out_.write(kReport, to_csv(kReportColumns, rows));
  }

 private:
  /// What the first result needs: nothing is left behind where there is none.
  void prepare() {
    if (prepared_) return;
    if (places_.before_results) places_.before_results();
    if (!mapping_) mapping_.emplace(places_.mapping);
    prepared_ = true;
  }

  /// STEM.dcm, or STEM_2.dcm ... where that is the result of another file: of this run, of an earlier one as the
  /// mapping says, or, where no mapping tells whose it is, one of another content.
  std::string free_name(const fs::path& source, const std::string& stem, const std::string& bytes) const {
    const std::string earlier = mapping_ ? mapping_->result_of(source) : "";
    if (earlier.starts_with(stem) && !taken_.contains(earlier)) return earlier;
    for (int copy = 1;; ++copy) {
      const std::string name = stem + (copy == 1 ? "" : "_" + std::to_string(copy)) + ".dcm";
      if (taken_.contains(name) || (mapping_ && mapping_->has_result(name))) continue;
      const fs::path file = out_.path() / name;
      if (overwrite_ || !fs::exists(file)) return name;
      if (!out_.may_write(name)) return name;  // the user's: writing refuses it
      if (read_file(file) == bytes) return name;
    }
  }

  /// Of results of earlier runs, which are still there.
  void read_report() {
    const fs::path file = out_.path() / kReport;
    if (!fs::is_regular_file(file)) return;
    const std::string text = read_file(file);
    if (!text.starts_with(csv_line(kReportColumns))) return;  // to be overwritten, as was asked for
    earlier_ = parse_csv(text, file.string()).rows;
  }

  void note(const DeidentifiedFile& file) {
    for (const AttributeChange& change : file.what.changes)
      rows_.push_back({file.file, change.tag, change.keyword, change.action, std::to_string(change.count)});
  }

  OutputFolder out_;
  bool overwrite_;
  const DeidentifyPlaces& places_;
  const DeidentifyOptions& options_;
  Pseudonyms& pseudonyms_;
  std::optional<MappingFile> mapping_;  // nothing yet where it has to be made
  bool prepared_ = false;
  std::set<std::string> taken_;
  std::vector<std::vector<std::string>> earlier_, rows_;
};

}  // namespace

std::vector<DeidentifiedFile> deidentify_files(const std::vector<fs::path>& files, const DeidentifyPlaces& places,
                                               const DeidentifyOptions& options, Pseudonyms& pseudonyms,
                                               Progress& progress, const SeeDeidentified& see) {
  options.validate();
  Run run(places, options, pseudonyms);
  std::vector<DeidentifiedFile> done;
  progress.begin("de-identify", static_cast<std::int64_t>(files.size()));
  for (const fs::path& source : files) {
    if (stop_requested()) break;
    done.push_back(run.deidentify_one(source));
    if (see) see(done.back());
    progress.update(static_cast<std::int64_t>(done.size()), "");
  }
  progress.end(count_of(done.size(), "file", "files") + " looked at");
  run.write_report();
  if (done.size() < files.size()) throw Interrupted("stopped after " + count_of(done.size(), "file", "files"));
  return done;
}

std::vector<fs::path> without_deidentified(const std::vector<fs::path>& files, const fs::path& out,
                                           std::size_t& left_out) {
  left_out = 0;
  std::error_code failed;
  const fs::path home = fs::weakly_canonical(out, failed);
  if (failed || !fs::is_directory(home, failed)) return files;
  const OutputFolder folder(out);
  std::vector<fs::path> others;
  for (const fs::path& file : files) {
    const fs::path relative = fs::weakly_canonical(file, failed).lexically_relative(home);
    const bool below = !failed && !relative.empty() && *relative.begin() != "..";
    if (below && fs::exists(file, failed) && folder.may_write(relative))
      ++left_out;
    else
      others.push_back(file);
  }
  return others;
}

}  // namespace lanet
