#include <array>
#include <filesystem>
#include <string>
#include <vector>

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

void hand_over() {
  const std::filesystem::path program = lanet::executable_folder() / "lanet-train";
  if (!std::filesystem::exists(program))
    throw lanet::SystemError({program.string(), "no such program", "it beside lanet", "build with LANET_TORCH=ON"});
  std::vector<std::string> command{program.string()};
  const std::vector<std::string>& typed = lanet::typed_command();
  command.insert(command.end(), typed.begin() + 1, typed.end());
  lanet::replace_process(command);
}

#ifdef LANET_HAS_OPENVINO
/// The value of an option, as "--name value" or "--name=value"; "" without.
std::string option_value(const std::string& name) {
  const std::vector<std::string>& words = lanet::typed_command();
  for (std::size_t index = 2; index < words.size(); ++index) {
    if (words[index] == name && index + 1 < words.size()) return words[index + 1];
    if (words[index].starts_with(name + "=")) return words[index].substr(name.size() + 1);
  }
  return "";
}

bool wants_torch() { return option_value("--engine") == "torch" || option_value("--device").starts_with("cuda"); }
#else
bool wants_torch() { return true; }
#endif

/// Whether the first word is this command.
bool is_typed(const char* name) {
  const std::vector<std::string>& words = lanet::typed_command();
  return words.size() > 1 && words[1] == name;
}

void add_model_commands(CLI::App& app) {
  for (const ForwardedCommand& command : kModelCommands)
    if (is_typed(command.name) && wants_torch()) hand_over();
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
  const auto add_commands = [](CLI::App& app) {
    for (const ForwardedCommand& forwarded : kForwarded) {
      if (is_typed(forwarded.name)) hand_over();
      app.add_subcommand(forwarded.name, forwarded.description);
    }
    add_model_commands(app);
    lanet::add_data_command(app);
    lanet::add_report_command(app);
    lanet::add_experiment_command(app);
    lanet::add_models_command(app);
    lanet::add_dicom_command(app);
  };
  return lanet::run_program("Finds and classifies breast tumours on ultrasound images.", add_commands, argc, argv);
}
