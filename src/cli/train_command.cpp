#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/program.hpp"
#include "core/preset.hpp"
#include "train/trainer.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

/// The settings of a run that goes on, found by its folder; it may have been moved.
TrainOptions options_of_run(const fs::path& run, std::vector<std::string> assignments) {
  const fs::path folder = fs::absolute(run).lexically_normal();
  const fs::path named = folder.has_filename() ? folder : folder.parent_path();
  assignments.insert(assignments.begin(), {"name='" + named.filename().string() + "'",
                                           "runs_folder='" + named.parent_path().string() + "'"});
  return read_train_options(named / "settings.toml", assignments);
}

}  // namespace

void add_train_command(CLI::App& app) {
  struct Arguments {
    std::string config;
    std::vector<std::string> assignments;
    std::string data, split, name, positive;
    bool resume = false;
    bool show = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = add_command(app, "train", "train a network in two stages",
                                  "lanet train lite0_256 --data data/busi --name my_run --set stage2.epochs=30");
  command
      ->add_option("config", arguments->config,
                   "settings file (TOML), the name of one in configs/, or with --resume a run's folder")
      ->required();
  command->add_option("--data", arguments->data, "data set (short for --set data.manifest=...)");
  command->add_option("--split", arguments->split, "split list (short for --set data.split=...)");
  command->add_option("--name", arguments->name, "name of the run (short for --set name=...)");
  command->add_option("--positive", arguments->positive,
                      "class that decisions are about (short for --set data.positive=...)");
  command->add_option("--set", arguments->assignments, "change one setting: table.key=value; may be repeated")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_flag("--resume", arguments->resume, "go on with the run after its last finished epoch");
  command->add_flag("--show", arguments->show, "print all settings with their comments and stop");
  command->callback([arguments] {
    std::vector<std::string> assignments = arguments->assignments;
    // As TOML text, so that a name like 2024 stays a name.
    const auto assign = [&](const char* key, const std::string& value) {
      if (!value.empty()) assignments.push_back(std::string(key) + "='" + value + "'");
    };
    assign("data.manifest", arguments->data);
    assign("data.split", arguments->split);
    assign("data.positive", arguments->positive);
    assign("name", arguments->name);
    TrainOptions options = arguments->resume && fs::exists(fs::path(arguments->config) / "settings.toml")
                               ? options_of_run(arguments->config, assignments)
                               : read_train_options(find_preset(arguments->config), assignments);
    if (arguments->show) {
      std::cout << to_commented_toml(fields_of(options));
      return;
    }
    const auto progress = make_console_progress();
    Trainer trainer(options, typed_command(), arguments->resume, *progress);
    const fs::path model = trainer.run();
    std::cout << model.string() << "\n";
  });
}

}  // namespace lanet
