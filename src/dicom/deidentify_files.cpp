#include "dicom/deidentify_files.hpp"

#include <set>

#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/stop_request.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

DeidentifiedFile deidentify_file(const fs::path& source, const fs::path& out, const DeidentifyOptions& options,
                                 Pseudonyms& pseudonyms, std::set<std::string>& taken) {
  DeidentifiedFile file{source, "", "", {}};
  try {
    DeidentifiedObject object = deidentify(DicomFile::open(source), options, pseudonyms);
    const std::string stem = object.patient + "/" + object.sop_instance_uid;
    std::string name = stem + ".dcm";
    for (int copy = 2; !taken.insert(name).second; ++copy) name = stem + "_" + std::to_string(copy) + ".dcm";
    if (name != stem + ".dcm") object.notices.push_back("another file has the same SOP Instance UID");
    write_file_atomically(out / name, object.bytes);
    object.bytes.clear();
    file.file = name;
    file.what = std::move(object);
  } catch (const DataError& error) {
    file.reason = error.what();
  }
  return file;
}

std::string report_of(const std::vector<DeidentifiedFile>& files) {
  std::vector<std::vector<std::string>> rows;
  for (const DeidentifiedFile& file : files)
    for (const AttributeChange& change : file.what.changes)
      rows.push_back({file.file, change.tag, change.keyword, change.action, std::to_string(change.count)});
  return to_csv({"file", "tag", "keyword", "action", "count"}, rows);
}

}  // namespace

std::vector<DeidentifiedFile> deidentify_files(const std::vector<fs::path>& files, const fs::path& out,
                                               const DeidentifyOptions& options, Pseudonyms& pseudonyms,
                                               Progress& progress, const SeeDeidentified& see) {
  options.validate();
  std::vector<DeidentifiedFile> done;
  std::set<std::string> taken;
  progress.begin("de-identify", static_cast<std::int64_t>(files.size()));
  for (const fs::path& source : files) {
    if (stop_requested()) break;
    done.push_back(deidentify_file(source, out, options, pseudonyms, taken));
    if (see) see(done.back());
    progress.update(static_cast<std::int64_t>(done.size()), "");
  }
  progress.end("");
  write_file_atomically(out / "deidentify-report.csv", report_of(done));
  if (done.size() < files.size()) throw Interrupted("stopped after " + std::to_string(done.size()) + " files");
  return done;
}

void write_mapping(const fs::path& path, const std::vector<DeidentifiedFile>& files, const Pseudonyms& pseudonyms) {
  std::vector<std::vector<std::string>> rows;
  for (const DeidentifiedFile& file : files)
    if (!file.file.empty()) rows.push_back({"file", file.source.string(), file.file});
  for (const auto& [old, made] : pseudonyms.patients()) {
    std::string identity = old;  // ID and issuer; name and date of birth where there is none
    for (char& letter : identity)
      if (letter == '\n') letter = '|';
    rows.push_back({"patient", identity, made});
  }
  for (const auto& [old, made] : pseudonyms.uids()) rows.push_back({"uid", old, made});
  write_private_file(path, to_csv({"kind", "old", "new"}, rows));
}

}  // namespace lanet
