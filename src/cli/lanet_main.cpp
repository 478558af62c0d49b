#include <array>
#include <filesystem>
#include <string>
#include <string_view>

#include "cli/commands.hpp"
#include "cli/program.hpp"
#include "core/child_process.hpp"
#include "core/error.hpp"

namespace {

struct ForwardedCommand {
  const char* name;
  const char* description;
};
/// Commands that need LibTorch and are handed to lanet-train, as git does with its sub-programs.
constexpr std::array kForwarded{
    ForwardedCommand{"train", "train a network in two stages"},
    ForwardedCommand{"explain", "show where the classifier looks (Grad-CAM), and measure it"},
    ForwardedCommand{"weights", "import pretrained weights"}};
/// Commands that run models: here on OpenVINO, there on LibTorch.
constexpr std::array kModelCommands{ForwardedCommand{"predict", "find and classify lesions in images"},
                                    ForwardedCommand{"evaluate", "measure models on a labelled data set"},
                                    ForwardedCommand{"compare", "test whether two models differ on the same images"}};

void hand_over(int argc, char** argv) {
  const std::filesystem::path program = lanet::executable_folder() / "lanet-train";
  if (!std::filesystem::exists(program))
    throw lanet::SystemError({program.string(), "no such program", "it beside lanet", "build with LANET_TORCH=ON"});
  std::vector<std::string> command{program.string()};
  command.insert(command.end(), argv + 1, argv + argc);
  lanet::replace_process(command);
}

#ifdef LANET_HAS_OPENVINO
/// The value of an option, as "--name value" or "--name=value"; "" without.
std::string_view option_value(int argc, char** argv, std::string_view name) {
  for (int index = 2; index < argc; ++index) {
    const std::string_view word = argv[index];
    if (word == name && index + 1 < argc) return argv[index + 1];
    if (word.starts_with(name) && word.substr(name.size()).starts_with("=")) return word.substr(name.size() + 1);
  }
  return "";
}

bool wants_torch(int argc, char** argv) {
  return option_value(argc, argv, "--engine") == "torch" || option_value(argc, argv, "--device").starts_with("cuda");
}
#else
bool wants_torch(int, char**) { return true; }
#endif

void add_model_commands(CLI::App& app, int argc, char** argv) {
  for (const ForwardedCommand& command : kModelCommands)
    if (argc > 1 && argv[1] == std::string(command.name) && wants_torch(argc, argv)) hand_over(argc, argv);
#ifdef LANET_HAS_OPENVINO
  lanet::add_predict_command(app);
  lanet::add_evaluate_command(app);
  lanet::add_compare_command(app);
  lanet::add_export_command(app);
  lanet::add_calibrate_command(app);
  lanet::add_quantize_command(app);
  lanet::add_serve_command(app);
#else
  for (const ForwardedCommand& command : kModelCommands) app.add_subcommand(command.name, command.description);
#endif
}

}  // namespace

int main(int argc, char** argv) {
  const auto add_commands = [argc, argv](CLI::App& app) {
    for (const ForwardedCommand& forwarded : kForwarded) {
      if (argc > 1 && argv[1] == std::string(forwarded.name)) hand_over(argc, argv);
      app.add_subcommand(forwarded.name, forwarded.description);
    }
    add_model_commands(app, argc, argv);
    lanet::add_data_command(app);
    lanet::add_report_command(app);
    lanet::add_experiment_command(app);
    lanet::add_models_command(app);
    lanet::add_dicom_command(app);
  };
  return lanet::run_program("Finds and classifies breast tumours on ultrasound images.", add_commands, argc, argv);
}
