#include "report/run_folder.hpp"

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "core/text.hpp"
#include "finding/finding_json.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

std::string text_of(const nlohmann::ordered_json& value) {
  if (value.is_null()) return "-";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void read_record(RunFolder& run) {
  const fs::path file = run.folder / "record.json";
  if (!fs::exists(file))
    throw DataError({run.folder.string(), "no record.json", "a folder that `lanet train` made", ""});
  try {
    const auto json = parse_json(read_text_file(file), file.string());
    run.name = json.at("name").get<std::string>();
    const auto& data = json.at("data");
    run.manifest = data.at("manifest").get<std::string>();
    for (const auto& subset : data.at("subsets"))
      run.subsets.push_back({text_of(subset.at("name")), text_of(subset.at("images")), text_of(subset.at("groups")),
                             text_of(subset.at("with_location"))});
    run.provenance = {{"command", join_text(json.at("command").get<std::vector<std::string>>(), " ")},
                      {"seed", text_of(json.at("seed"))},
                      {"started", text_of(json.at("started"))},
                      {"finished", text_of(json.at("finished"))},
                      {"device", text_of(json.at("device"))},
                      {"precision", text_of(json.at("precision"))},
                      {"lanet", text_of(json.at("lanet"))},
                      {"LibTorch", text_of(json.at("torch"))},
                      {"manifest", run.manifest.string()},
                      {"split", text_of(data.at("split"))},
                      {"data fingerprint", text_of(data.at("fingerprint"))}};
    for (const auto& line : json.at("weights")) run.provenance.push_back({"weights", text_of(line)});
    for (const auto& line : json.value("notes", std::vector<std::string>{}))
      run.provenance.push_back({"changed on the way", line});
    for (const auto& stage : json.at("stages"))
      run.provenance.push_back(
          {"stage " + text_of(stage.at("stage")),
           text_of(stage.at("epochs")) + " epochs in " +
               human_seconds(stage.at("seconds").is_null() ? 0 : stage.at("seconds").get<double>()) + ", best epoch " +
               text_of(stage.at("best_epoch"))});
  } catch (const nlohmann::json::exception& error) {
    throw DataError({file.string(), error.what(), "a record that `lanet train` wrote", ""});
  }
}

}  // namespace

RunFolder read_run_folder(const fs::path& folder, const std::string& subset) {
  RunFolder run;
  run.folder = folder;
  read_record(run);
  if (fs::exists(folder / "settings.toml")) run.settings = read_text_file(folder / "settings.toml");
  if (fs::exists(folder / "metrics.csv")) run.metrics = read_csv(folder / "metrics.csv");
  const auto evaluated = [&](const std::string& name) { return fs::exists(folder / ("evaluation_" + name + ".json")); };
  run.subset = !subset.empty() ? subset : evaluated("test") ? "test" : evaluated("val") ? "val" : "";
  if (run.subset.empty()) return run;
  const auto file = [&](const std::string& start, const std::string& end) {
    return folder / (start + run.subset + end);
  };
  if (!evaluated(run.subset))
    throw DataError({file("evaluation_", ".json").string(), "no such file", "an evaluation of that subset",
                     "run `lanet evaluate` first"});
  run.evaluation =
      evaluation_from_json(read_text_file(file("evaluation_", ".json")), file("evaluation_", ".json").string());
  const fs::path predictions = file("predictions_", ".csv");
  if (fs::exists(predictions)) run.results = results_from_csv(read_text_file(predictions), predictions.string());
  const fs::path findings = file("findings_", ".jsonl");
  if (!fs::exists(findings)) return run;
  for (const std::string& line : split_text(read_text_file(findings), '\n'))
    if (!trim(line).empty()) run.findings.push_back(finding_from_json(line, findings.string()));
  return run;
}

}  // namespace lanet
