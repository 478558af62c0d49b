#include <array>
#include <filesystem>

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
constexpr std::array<ForwardedCommand, 5> kForwarded{
    {{"train", "train a network in two stages"},
     {"predict", "find and classify lesions in images"},
     {"evaluate", "measure models on a labelled data set"},
     {"explain", "show where the classifier looks (Grad-CAM), and measure it"},
     {"weights", "import pretrained weights"}}};

void hand_over(int argc, char** argv) {
  const std::filesystem::path program = lanet::executable_folder() / "lanet-train";
  if (!std::filesystem::exists(program))
    throw lanet::SystemError({program.string(), "no such program", "it beside lanet", "build with LANET_TORCH=ON"});
  std::vector<std::string> command{program.string()};
  command.insert(command.end(), argv + 1, argv + argc);
  lanet::replace_process(command);
}

}  // namespace

int main(int argc, char** argv) {
  const auto add_commands = [argc, argv](CLI::App& app) {
    for (const ForwardedCommand& forwarded : kForwarded) {
      if (argc > 1 && argv[1] == std::string(forwarded.name)) hand_over(argc, argv);
      app.add_subcommand(forwarded.name, forwarded.description);
    }
    lanet::add_data_command(app);
    lanet::add_report_command(app);
    lanet::add_experiment_command(app);
  };
  return lanet::run_program("Finds and classifies breast tumours on ultrasound images.", add_commands, argc, argv);
}
