#include <torch/torch.h>

#include "cli/commands.hpp"
#include "cli/program.hpp"

int main(int argc, char** argv) {
  const auto add_commands = [](CLI::App& app) {
    lanet::add_train_command(app);
    lanet::add_predict_command(app);
    lanet::add_evaluate_command(app);
    lanet::add_compare_command(app);
    lanet::add_weights_command(app);
    lanet::add_explain_command(app);
  };
  const auto message_of = [](const std::exception& error) -> std::string {
    const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
    return torch_error ? torch_error->what_without_backtrace() : error.what();
  };
  return lanet::run_program("The commands of lanet that need LibTorch.", add_commands, argc, argv, message_of);
}
