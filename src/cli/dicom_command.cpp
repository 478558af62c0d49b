#include <algorithm>
#include <iostream>
#include <memory>

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/program.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "dicom/dicom_file.hpp"
#include "infer/predict_paths.hpp"
#include "node/destination.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

struct SendArguments {
  std::vector<std::string> paths;
  DestinationOptions destination;
  std::string calling_ae = "LANET";
  bool any_answer = false;
  bool json = false;
};

/// Files as they are named, and of folders what is DICOM.
std::vector<fs::path> files_of(const std::vector<std::string>& paths) {
  std::vector<fs::path> files;
  std::vector<std::string> problems;
  for (const PathToPredict& path : collect_paths(paths, problems)) {
    const bool named = std::find(paths.begin(), paths.end(), path.file.string()) != paths.end();
    if (named || is_dicom_file(path.file)) files.push_back(path.file);
  }
  if (!problems.empty()) throw DataError(problems.front());
  return files;
}

const char* word(SendOutcome::Kind kind) {
  switch (kind) {
    case SendOutcome::Kind::kAccepted:
      return "accepted";
    case SendOutcome::Kind::kRefused:
      return "refused";
    default:
      return "not sent";
  }
}

void print(const std::vector<fs::path>& files, const std::vector<SendOutcome>& outcomes, bool json) {
  for (std::size_t index = 0; index < files.size(); ++index) {
    const SendOutcome& outcome = outcomes[index];
    if (json)
      std::cout << nlohmann::ordered_json{{"file", files[index].string()},
                                          {"outcome", word(outcome.kind)},
                                          {"detail", outcome.detail}}
                       .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
                << "\n";
    else
      std::cout << fmt::format("{:<10}{}{}\n", word(outcome.kind), files[index].string(),
                               outcome.detail.empty() ? "" : "  (" + outcome.detail + ")");
  }
}

void send(const SendArguments& arguments) {
  DestinationOptions options = arguments.destination;
  options.need_confirmation = !arguments.any_answer;
  const auto destination = make_destination("--to", options, arguments.calling_ae);
  const std::vector<fs::path> files = files_of(arguments.paths);
  const std::vector<SendOutcome> outcomes = destination->send(files);
  print(files, outcomes, arguments.json);
  std::size_t accepted = 0;
  for (const SendOutcome& outcome : outcomes) accepted += outcome.kind == SendOutcome::Kind::kAccepted ? 1 : 0;
  if (!arguments.json) std::cout << accepted << " of " << files.size() << " accepted by " << options.url << "\n";
  if (accepted < files.size()) throw ExitWith{kFailed};
}

void add_send_command(CLI::App& dicom) {
  auto arguments = std::make_shared<SendArguments>();
  DestinationOptions& destination = arguments->destination;
  CLI::App* command = add_command(dicom, "send", "send DICOM files to a node (C-STORE) or a web server (STOW-RS)",
                                  "lanet dicom send findings/scan_seg.dcm --to ORTHANC@localhost:4242\n"
                                  "  lanet dicom send findings/ --to https://pacs.example/dicom-web/studies");
  command->add_option("file", arguments->paths, "DICOM files, folders, patterns")->required();
  command->add_option("--to", destination.url, "AET@HOST:PORT, dicoms://AET@HOST:PORT (TLS), https://HOST/PATH/studies")
      ->required();
  command->add_option("--aet", arguments->calling_ae, "AE title that this side calls itself")->capture_default_str();
  command->add_option("--ca", destination.ca, "PEM file: authorities that may have signed its certificate");
  command->add_option("--certificate", destination.certificate, "PEM file: this side's certificate");
  command->add_option("--key", destination.key, "PEM file: its private key");
  command->add_option("--user", destination.user, "name for HTTP basic authentication");
  command->add_option("--password-file", destination.password_file, "file that holds the password");
  command->add_option("--token-file", destination.token_file, "file that holds a bearer token");
  command->add_flag("--any-answer", arguments->any_answer,
                    "take HTTP status 200 as success though the answer names no object");
  command->add_option("--timeout", destination.timeout_seconds, "seconds for connecting, and for every answer")
      ->capture_default_str();
  command->add_flag("--json", arguments->json, "one JSON object a file and line");
  command->callback([arguments] { send(*arguments); });
}

}  // namespace

void add_dicom_command(CLI::App& app) {
  CLI::App* dicom = app.add_subcommand("dicom", "DICOM: receive and send, de-identify");
  dicom->require_subcommand(1);
  dicom->footer("Example:\n  lanet dicom deidentify scans/ --out shared/ --key study.key");
  add_send_command(*dicom);
  add_deidentify_command(*dicom);
#ifdef LANET_HAS_OPENVINO
  add_dicom_node_command(*dicom);
#endif
}

}  // namespace lanet
