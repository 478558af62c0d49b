#include <cctype>
#include <iostream>
#include <memory>
#include <mutex>
#include <set>
#include <string_view>
#include <thread>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/engine_arguments.hpp"
#include "cli/program.hpp"
#include "core/child_process.hpp"
#include "core/error.hpp"
#include "core/preset.hpp"
#include "core/stop_request.hpp"
#include "core/text.hpp"
#include "serve/server.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

struct ServeArguments {
  std::vector<std::string> models{"breast_lite0"};
  ServeOptions serve;
  EngineOptions engine;
  std::vector<std::string> assignments;
  bool no_sample = false;
  bool json = false;
  bool quiet = false;
};

/// runs/first/best.safetensors is "first", any other file what it is called.
std::string model_name(const fs::path& file) {
  const std::string stem = file.stem().string(), folder = fs::absolute(file).parent_path().filename().string();
  return stem == "best" && !folder.empty() ? folder : stem;
}

std::vector<ModelSource> model_sources(const ServeArguments& arguments) {
  std::vector<ModelSource> sources;
  for (const std::string& name : arguments.models) {
    const fs::path file = find_model(name);  // a name that is wrong is told now
    sources.push_back({model_name(file), [file, engine = arguments.engine] { return open_engine(file, engine); }});
  }
  return sources;
}

fs::path sample_folder() {
  const fs::path folder = home_folder() / "sample" / "Images";
  return fs::is_directory(folder) ? folder : fs::path();
}

/// Signs that mean something in an address, as %XX.
std::string percent_encoded(const std::string& text) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (std::isalnum(byte) != 0 || std::string_view("-._~").find(letter) != std::string_view::npos)
      encoded += letter;
    else
      encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return encoded;
}

/// Where to open the page. The token goes to a terminal alone: what is printed elsewhere lands in logs that others
/// read.
void announce(const Server& server, const ServeOptions& options, bool json) {
  const std::vector<std::string> urls = server.urls();
  if (json) {
    std::cout << nlohmann::ordered_json{{"url", urls.front()}, {"urls", urls}, {"port", server.port()}}.dump()
              << std::endl;
    return;
  }
  std::cout << "lanet serves " << join_text(urls, "  ") << "  (Ctrl-C ends it)\n";
  if (!options.token.empty()) {
    // What stands after # never leaves the browser.
    if (::isatty(STDOUT_FILENO) != 0)
      std::cout << "Open " << urls.front() << "#token=" << percent_encoded(options.token) << "\n"
                << "Whoever has this link can use the server.\n";
    else
      std::cout << "It asks for the token of "
                << (options.token_file.empty() ? "--token or LANET_TOKEN" : options.token_file.string()) << ".\n";
  }
  std::cout << "Research use only, not a medical device." << std::endl;
}

void run_serve(ServeArguments& arguments) {
  for (const std::string& assignment : arguments.assignments) apply_assignment(assignment, fields_of(arguments.serve));
  arguments.serve.read_token_file();
  if (!arguments.no_sample) arguments.serve.sample = sample_folder();
  const auto output = std::make_shared<std::mutex>();
  Server server(model_sources(arguments), arguments.serve, [output, quiet = arguments.quiet](const std::string& line) {
    if (quiet) return;
    const std::lock_guard lock(*output);
    std::cerr << line << "\n";
  });
  announce(server, arguments.serve, arguments.json);
  std::thread answering([&server] { server.run(); });
  while (!stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  server.stop();
  answering.join();
}

}  // namespace

void add_serve_command(CLI::App& app) {
  auto arguments = std::make_shared<ServeArguments>();
  ServeOptions& serve = arguments->serve;
  CLI::App* command = add_command(app, "serve", "the page and the HTTP interface, on this machine",
                                  "lanet serve\n  lanet serve --model runs/first/best.safetensors --port 9000\n"
                                  "  lanet serve --address 0.0.0.0 --token-file lanet-token");
  command->add_option("--model", arguments->models, "model file, or the name of one in models/; may be repeated")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->capture_default_str();
  command->add_option("--port", serve.port, "0: a free one, which is printed")->capture_default_str();
  command
      ->add_option("--address", serve.address,
                   "to listen on; 0.0.0.0: all of this machine's. Beyond this machine only with a token")
      ->capture_default_str();
  command->add_option("--token", serve.token, "that every request must bring: Authorization: Bearer TOKEN")
      ->envname("LANET_TOKEN");
  command->add_option("--token-file", serve.token_file, "file with the token; made with a new one where it is missing");
  command->add_option("--labels", serve.labels, "folder for corrections, a data set")->capture_default_str();
  command->add_option("--runs", serve.runs, "folder of training runs to show")->capture_default_str();
  command->add_option("--experiments", serve.experiments, "folder of experiments to show")->capture_default_str();
  command->add_option("--web", serve.web, "folder with the page's files, in place of those built in");
  command->add_flag("--no-sample", arguments->no_sample, "do not list the bundled images");
  command->add_option("--precision", arguments->engine.precision, "fp32, bf16, int8 (a model that was quantized), auto")
      ->capture_default_str();
  command->add_option("--threads", arguments->engine.threads, "threads for the network; 0: one per core")
      ->capture_default_str();
  command->add_option("--set", arguments->assignments, "change a bound: KEY=VALUE, as queue=16; docs/api.md lists them")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_flag("--quiet", arguments->quiet, "no line a request on standard error");
  command->add_flag("--json", arguments->json, "print the address as JSON");
  command->callback([arguments] { run_serve(*arguments); });
}

}  // namespace lanet
