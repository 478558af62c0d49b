#include <iostream>
#include <memory>
#include <set>

#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/program.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "dicom/deidentify_files.hpp"
#include "infer/predict_paths.hpp"

namespace lanet {
namespace {

struct DeidentifyArguments {
  std::vector<std::string> paths;
  std::string out, key, mapping;
  bool json = false;
  bool overwrite = false;
  DeidentifyOptions options;
};

std::string to_json_line(const DeidentifiedFile& file) {
  nlohmann::ordered_json line;
  line["source"] = file.source.string();
  line["file"] = file.file;
  if (file.file.empty()) {
    line["refused"] = file.reason;
  } else {
    line["pixels"] = file.what.pixels;
    line["blanked_px"] = file.what.blanked;
    line["burned_in_annotation"] = file.what.nothing_burnt_in ? "NO" : "";
    line["notices"] = file.what.notices;
    line["changes"] = nlohmann::ordered_json::array();
    for (const AttributeChange& change : file.what.changes)
      line["changes"].push_back(
          {{"tag", change.tag}, {"keyword", change.keyword}, {"action", change.action}, {"count", change.count}});
  }
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void print_summary(const std::vector<DeidentifiedFile>& files, const DeidentifyArguments& arguments,
                   const Pseudonyms& pseudonyms) {
  std::size_t written = 0;
  std::map<std::string, std::size_t> notices;
  std::set<std::string> patients;
  for (const DeidentifiedFile& file : files) {
    if (file.file.empty()) continue;
    ++written;
    patients.insert(file.what.patient);
    ++notices["the pixels are " + file.what.pixels];
    if (file.what.nothing_burnt_in) ++notices["Burned In Annotation is NO"];
    for (const std::string& notice : file.what.notices)
      ++notices[notice + (notice.ends_with("look at it") ? "" : "; look at it")];
  }
  if (written == 0) return;  // what could not be used is named, and nothing else was done
  std::cout << count_of(written, "file", "files") << " of " << count_of(patients.size(), "patient", "patients")
            << " in " << arguments.out << ", " << count_of(pseudonyms.uids().size(), "UID", "UIDs") << " replaced\n";
  for (const auto& [notice, count] : notices)
    std::cout << "  in " << count_of(count, "file", "files") << ": " << notice << "\n";
  std::cout << "  what changed: " << (std::filesystem::path(arguments.out) / "deidentify-report.csv").string() << "\n";
  if (arguments.key.empty())
    std::cout << "  the key was random and is gone: another run gives other pseudonyms (--key FILE keeps them)\n";
}

/// The way back must not lie among what is given away.
void require_apart(const std::string& option, const std::string& file, const std::string& out) {
  namespace fs = std::filesystem;
  if (file.empty()) return;
  const fs::path inside = fs::weakly_canonical(file).lexically_relative(fs::weakly_canonical(out));
  if (!inside.empty() && *inside.begin() != "..")
    throw ConfigError({option, file, "a place outside of " + out, "whoever has it can undo everything"});
}

/// Both are written, each by itself.
void require_two_files(const std::string& key, const std::string& mapping) {
  namespace fs = std::filesystem;
  if (!key.empty() && !mapping.empty() && fs::weakly_canonical(key) == fs::weakly_canonical(mapping))
    throw ConfigError({"--mapping", mapping + ", which is the file of --key too", "a file of its own", ""});
}

void run_deidentify(const DeidentifyArguments& arguments) {
  arguments.options.validate();
  require_apart("--key", arguments.key, arguments.out);
  require_apart("--mapping", arguments.mapping, arguments.out);
  require_two_files(arguments.key, arguments.mapping);
  std::vector<std::string> problems;
  std::vector<std::filesystem::path> files;
  for (const PathToPredict& path : collect_paths(arguments.paths, problems)) files.push_back(path.file);
  std::size_t earlier = 0;
  files = without_deidentified(files, arguments.out, earlier);
  if (earlier > 0)
    std::cerr << count_of(earlier, "result of an earlier run in ", "results of an earlier run in ") << arguments.out
              << (earlier == 1 ? " was" : " were") << " left out\n";
  if (files.empty()) return fail_where_some_failed(problems);
  const bool has_key = !arguments.key.empty() && std::filesystem::exists(arguments.key);
  const std::string key = has_key ? read_key(arguments.key) : random_key();
  Pseudonyms pseudonyms(key);
  DeidentifyPlaces places{arguments.out, arguments.mapping, arguments.overwrite, {}};
  if (!arguments.key.empty() && !has_key)
    places.before_results = [&] {
      write_new_key(arguments.key, key);
      std::cerr << "a new key is in " << arguments.key << ": keep it secret, and apart from the results\n";
    };
  const auto progress = make_console_progress();
  const std::vector<DeidentifiedFile> done =
      deidentify_files(files, places, arguments.options, pseudonyms, *progress, [&](const DeidentifiedFile& file) {
        if (arguments.json) std::cout << to_json_line(file) << "\n";
        if (file.file.empty()) problems.push_back(file.reason);
      });
  if (!arguments.json) print_summary(done, arguments, pseudonyms);
  fail_where_some_failed(problems);
}

}  // namespace

void add_deidentify_command(CLI::App& dicom) {
  auto arguments = std::make_shared<DeidentifyArguments>();
  DeidentifyOptions& options = arguments->options;
  CLI::App* command =
      add_command(dicom, "deidentify", "write copies of DICOM images that name nobody (DICOM PS3.15 Annex E)",
                  "lanet dicom deidentify scans/ --out shared/ --key study.key --mapping private/mapping.csv");
  command->add_option("path", arguments->paths, "DICOM files, folders, patterns")->required();
  command->add_option("--out", arguments->out, "folder for PATIENT/UID.dcm and deidentify-report.csv")->required();
  command->add_option("--key", arguments->key,
                      "file with the secret that pseudonyms and UIDs are made from (made if it is not there); without: "
                      "a random one for this run");
  command->add_option("--mapping", arguments->mapping,
                      "file to which old and new names, IDs and UIDs are added: keep it apart");
  command->add_flag("--keep-pixels", options.keep_pixels,
                    "leave the pixels as they are: only for images in which no text is burnt in");
  command
      ->add_option("--region", options.region,
                   "X1 Y1 X2 Y2: the part of the picture to keep, in pixels, the same for all files; again for each "
                   "further part")
      ->type_size(4)
      ->expected(1, 16);
  command->add_flag("--keep-dates", options.keep_dates, "keep dates and times");
  command->add_option("--shift-dates", options.shift_days, "move dates by so many days in place of removing them");
  command->add_flag("--keep-patient", options.keep_patient, "keep age (90 at most), sex, size and weight");
  command->add_flag("--keep-device", options.keep_device, "keep the device's serial number and names");
  command->add_flag("--keep-institution", options.keep_institution, "keep the institution's name and address");
  command->add_flag("--overwrite", arguments->overwrite, "also replace files in OUT that lanet did not write");
  command->add_flag("--json", arguments->json, "print what became of each file, one JSON a line (with its source)");
  command->callback([arguments] { run_deidentify(*arguments); });
}

}  // namespace lanet
