#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <set>

#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/program.hpp"
#include "core/child_process.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "experiment/analysis.hpp"
#include "experiment/preflight.hpp"
#include "experiment/runner.hpp"
#include "experiment/suite_report.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

struct ExperimentArguments {
  std::string suite;
  GridOptions grid;
  RunnerOptions runner;
  std::string shard;
  bool dry_run = false;
  bool report_only = false;
  std::int64_t slurm = 0;
  bool json = false;
  bool overwrite = false;
};

/// A suite with its parts and their cells.
struct Plan {
  Suite suite;
  std::vector<Suite> parts;
  std::vector<std::vector<Cell>> cells;  // one list a part
  std::vector<Cell> distinct;            // each training once
};

Plan make_plan(const ExperimentArguments& arguments) {
  Plan plan;
  plan.suite = read_suite(arguments.suite);
  plan.parts = expand_suite(plan.suite);
  std::set<std::string> names;
  for (const Suite& part : plan.parts) {
    plan.cells.push_back(make_cells(part, arguments.grid));
    for (const Cell& cell : plan.cells.back())
      if (names.insert(cell.name).second) plan.distinct.push_back(cell);
  }
  return plan;
}

/// "2/8" into shard and shards.
void read_shard(ExperimentArguments& arguments) {
  if (arguments.shard.empty()) return;
  const auto parts = split_text(arguments.shard, '/');
  if (parts.size() != 2) throw ConfigError({"--shard", "'" + arguments.shard + "'", "I/N, as 2/8", ""});
  try {
    arguments.runner.shard = std::stoll(parts[0]);
    arguments.runner.shards = std::stoll(parts[1]);
  } catch (const std::exception&) {
    throw ConfigError({"--shard", "'" + arguments.shard + "'", "I/N, as 2/8", ""});
  }
}

/// Returns whether nothing stands in the way.
bool say_preflight(const Preflight& preflight) {
  for (const std::string& note : preflight.notes) std::cerr << "note: " << note << "\n";
  if (preflight.problems.empty()) return true;
  std::cerr << "these trainings cannot begin:\n";
  for (const std::string& problem : preflight.problems) std::cerr << "  " << problem << "\n";
  return false;
}

/// The same before the first training: what cannot be trained is known now, not cell by cell after hours.
void require_trainable(const Plan& plan, const ExperimentArguments& arguments) {
  std::vector<Cell> open_cells;
  for (const Cell& cell : cells_of_shard(plan.distinct, arguments.runner))
    if (read_cell_record(arguments.runner.results, cell).state != CellState::kComplete) open_cells.push_back(cell);
  if (!say_preflight(check_before_training(open_cells, arguments.runner.results))) throw ExitWith{kFailed};
}

/// What is to be done, and what stands in its way. Returns whether nothing does.
bool print_cells(const Plan& plan, const ExperimentArguments& arguments) {
  double left = 0;
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  std::map<std::string, int> states;
  std::vector<Cell> open_cells;
  const TimeEstimate estimate(plan.distinct, arguments.runner.results);
  for (const Cell& cell : cells_of_shard(plan.distinct, arguments.runner)) {
    const CellRecord record = read_cell_record(arguments.runner.results, cell);
    const bool open = record.state != CellState::kComplete;
    const double seconds = open ? estimate.seconds(cell) : record.seconds;
    if (open) left += seconds;
    if (open) open_cells.push_back(cell);
    ++states[to_text(record.state)];
    list.push_back(
        {{"cell", cell.name}, {"state", to_text(record.state)}, {"seconds", seconds}, {"reason", record.reason}});
    if (!arguments.json)
      std::cout << to_text(record.state) << std::string(9 - std::string(to_text(record.state)).size(), ' ') << cell.name
                << "  " << (open ? "about " : "") << human_seconds(seconds)
                << (record.reason.empty() ? "" : "  " + record.reason) << "\n";
  }
  const Preflight preflight = check_before_training(open_cells, arguments.runner.results);
  if (arguments.json) {
    std::cout << nlohmann::ordered_json{{"suite", plan.suite.name},
                                        {"cells", list},
                                        {"seconds_left", left},
                                        {"problems", preflight.problems},
                                        {"notes", preflight.notes}}
                     .dump(2)
              << "\n";
    return preflight.problems.empty();
  }
  std::string summary;
  for (const auto& [state, count] : states)
    summary += (summary.empty() ? "" : ", ") + std::to_string(count) + " " + state;
  std::cout << summary << "; expected time left: " << human_seconds(left / static_cast<double>(arguments.runner.jobs))
            << std::endl;
  return say_preflight(preflight);
}

/// What lies in the results folder and looks like a part of this grid, but is not.
void say_stale(const Plan& plan, const ExperimentArguments& arguments) {
  std::map<std::string, int> counts;
  for (const StaleCell& cell : stale_cells(arguments.runner.results, plan.distinct)) ++counts[cell.why];
  for (const auto& [why, count] : counts)
    std::cerr << "note: " << count << (count == 1 ? " finished cell in " : " finished cells in ")
              << (arguments.runner.results / "cells").string() << " of the same name had " << why
              << ": not used here, and left as " << (count == 1 ? "it is" : "they are") << "\n";
}

std::filesystem::path report(const Plan& plan, const ExperimentArguments& arguments) {
  std::vector<SuiteResult> results;
  for (std::size_t part = 0; part < plan.parts.size(); ++part)
    results.push_back(analyse(plan.parts[part], plan.cells[part], arguments.runner.results));
  return write_suite_report(plan.suite, results, plan.cells, arguments.runner.results, arguments.overwrite);
}

/// The command of a Slurm job: every path as it holds from anywhere.
std::string slurm(const ExperimentArguments& arguments) {
  const auto path = [](const std::string& text) {
    return fs::exists(text) ? fs::absolute(text).lexically_normal().string() : text;
  };
  std::vector<std::string> command{(executable_folder() / "lanet").string(), "experiment", path(arguments.suite),
                                   "--out", fs::absolute(arguments.runner.results).lexically_normal().string()};
  if (!arguments.grid.data.empty()) command.insert(command.end(), {"--data", path(arguments.grid.data)});
  for (const std::string& text : arguments.grid.assignments) command.insert(command.end(), {"--set", text});
  for (const std::string& text : arguments.grid.only) command.insert(command.end(), {"--only", text});
  if (arguments.runner.jobs > 1) command.insert(command.end(), {"--jobs", std::to_string(arguments.runner.jobs)});
  if (arguments.overwrite) command.emplace_back("--overwrite");
  return slurm_script(command, arguments.slurm, fs::current_path());
}

void run_experiment(ExperimentArguments& arguments) {
  read_shard(arguments);
  const Plan plan = make_plan(arguments);
  if (arguments.slurm > 0) {
    std::cout << slurm(arguments);
    return;
  }
  say_stale(plan, arguments);
  if (arguments.dry_run) {
    if (!print_cells(plan, arguments)) throw ExitWith{kFailed};
    return;
  }
  const auto progress = make_console_progress();
  RunnerOutcome outcome;
  for (const Suite& part : plan.parts) arguments.runner.explain = arguments.runner.explain || part.kind == "heat";
  if (!arguments.report_only) {
    require_trainable(plan, arguments);
    write_suite_cells(plan.suite, plan.distinct, arguments.runner.results, arguments.overwrite);
    outcome = run_cells(plan.distinct, arguments.runner, *progress);
  }
  std::cout << report(plan, arguments).string() << "\n";
  for (const std::string& line : outcome.failed) std::cerr << "failed: " << line << "\n";
  if (!outcome.failed.empty()) throw ExitWith{kFailed};
}

void add_grid(CLI::App& command, ExperimentArguments& arguments) {
  const auto many = [](CLI::Option* option) {
    option->expected(1)->allow_extra_args(false)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  command.add_option("suite", arguments.suite, "suite file (TOML), or the name of one in configs/experiments/");
  command.add_option("--data", arguments.grid.data, "data set: manifest or its folder");
  command.add_option("--out", arguments.runner.results, "folder of the results; shared by machines that work together")
      ->capture_default_str();
  many(command.add_option("--only", arguments.grid.only,
                          "AXIS=VALUE[,AXIS=VALUE...]: only these cells; may be repeated"));
  many(command.add_option("--set", arguments.grid.assignments, "change a setting of every cell; may be repeated"));
}

}  // namespace

void add_experiment_command(CLI::App& app) {
  CLI::App* command =
      add_command(app, "experiment", "run the paper's experiments, or your own grid of trainings",
                  "lanet experiment fig5 --data data/busi --jobs 2\n  lanet experiment quick --data demo/data");
  auto arguments = std::make_shared<ExperimentArguments>();
  add_grid(*command, *arguments);
  command->add_option("--jobs", arguments->runner.jobs, "trainings at a time; they divide the threads")
      ->capture_default_str();
  command->add_option("--shard", arguments->shard, "I/N: only every N-th cell, from the I-th; also with --dry-run");
  command->add_flag("--dry-run", arguments->dry_run, "list the cells, the expected time and what is missing, and stop");
  command->add_flag("--report-only", arguments->report_only, "train nothing: draw what is there");
  command->add_option("--slurm", arguments->slurm, "print a Slurm array job of so many tasks, and stop");
  command->add_flag("--json", arguments->json, "with --dry-run: JSON");
  command->add_flag("--overwrite", arguments->overwrite, "also over files of the report that lanet did not write");

  auto status = std::make_shared<ExperimentArguments>();
  CLI::App* status_command =
      add_command(*command, "status", "what is done, running, failed and to do, and the time left",
                  "lanet experiment status fig5 --data data/busi");
  add_grid(*status_command, *status);
  status_command->get_option("suite")->required();
  status_command->add_flag("--json", status->json, "JSON in place of lines");
  status_command->callback([status] {
    const Plan plan = make_plan(*status);
    say_stale(plan, *status);
    print_cells(plan, *status);
  });
  command->callback([command, status_command, arguments] {
    if (command->got_subcommand(status_command)) return;
    if (arguments->suite.empty())
      throw ConfigError({"lanet experiment", "no suite", "the name of one in configs/experiments, or a TOML file",
                         "lanet experiment quick --data FOLDER"});
    run_experiment(*arguments);
  });
}

}  // namespace lanet
