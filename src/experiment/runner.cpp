#include "experiment/runner.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <mutex>
#include <set>
#include <thread>

#include "core/child_process.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/parallel.hpp"
#include "core/settings.hpp"
#include "core/stop_request.hpp"
#include "core/text.hpp"
#include "dataset/manifest.hpp"
#include "experiment/cell_lock.hpp"
#include "network/backbone.hpp"
#include "network/cost.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// The settings file of a cell: every key written out, so that the cell can be repeated from its folder alone.
std::string settings_file(const Cell& cell, const fs::path& results, std::int64_t threads) {
  SettingTexts settings = cell.settings;
  assign_setting_text(settings, "name='run'");
  assign_setting_text(settings, "runs_folder='" + fs::absolute(cell_folder(results, cell)).string() + "'");
  assign_setting_text(settings, "data.manifest='" + fs::absolute(cell.data).string() + "'");
  assign_setting_text(settings, "compute.threads=" + std::to_string(threads));
  std::string text;
  for (const auto& [key, value] : settings) text += key + " = " + value + "\n";
  return text;
}

/// The line that says why a child failed.
std::string last_complaint(const fs::path& log) {
  const auto lines = split_text(read_file(log), '\n');
  for (auto line = lines.rbegin(); line != lines.rend(); ++line)
    if (line->starts_with("lanet: ")) return line->substr(7);
  return "see " + log.string();
}

/// Removes what a run leaves that was stopped before its first checkpoint. Where anything else lies there, the folder
/// is kept under another name.
void make_room(const fs::path& run) {
  static const std::set<std::string> begun{"settings.toml", "record.json", "split.csv",
                                           "metrics.csv",   ".lock",       "events.out.tfevents.lanet"};
  if (!fs::exists(run)) return;
  const bool only_begun = std::all_of(fs::directory_iterator(run), fs::directory_iterator(), [](const auto& entry) {
    return entry.is_regular_file() && begun.contains(entry.path().filename().string());
  });
  if (only_begun) {
    fs::remove_all(run);
    return;
  }
  fs::path kept = run;
  for (int number = 1; fs::exists(kept); ++number) kept = run.string() + "-before-" + std::to_string(number);
  fs::rename(run, kept);
}

/// Runs a cell's programs one after the other; returns the reason of a failure, or "".
std::string train_and_evaluate(const Cell& cell, const RunnerOptions& options, std::int64_t threads) {
  const fs::path folder = cell_folder(options.results, cell), run = cell_run(options.results, cell);
  const fs::path log = cell_log(options.results, cell), settings = folder / "cell.toml";
  const std::string program = options.program.string();
  write_file_atomically(settings, settings_file(cell, options.results, threads));
  const bool resume = fs::exists(run / "last.checkpoint") || fs::exists(run / "previous.checkpoint");
  // Nothing can be resumed from a folder without a checkpoint: the cell begins anew.
  if (!resume) make_room(run);
  const auto child = [&](std::vector<std::string> command) {
    const int code = run_logged_child(command, log);
    if (stop_requested()) throw Interrupted("stopped; the same command goes on");
    return code == 0 ? std::string() : last_complaint(log);
  };
  const auto best = run / "best.safetensors";
  std::vector<std::string> train{program, "train", settings.string()};
  if (resume) train.emplace_back("--resume");
  if (const std::string reason = child(train); !reason.empty()) return reason;
  for (const char* subset : {"val", "test"}) {
    std::vector<std::string> command{program,    "evaluate", best.string(), "--data", cell.data,
                                     "--subset", subset,     "--bootstrap", "200"};
    if (cell.labels == "boxes") command.emplace_back("--as-boxes");
    if (const std::string reason = child(command); !reason.empty()) return reason;
  }
  if (!options.explain) return "";
  return child({program, "explain", best.string(), "--data", cell.data, "--subset", "test", "--steps", "10", "--out",
                (run / "explain").string()});
}

/// Images per second of training at 256 px on two cores with bf16: multiply-adds and memory traffic, each with a rate
/// that fits the measured 25 (ResNet-18), 9 (ResNet-50), 40, 32 and 26 (EfficientNet-Lite 0 to 2) within a tenth.
double images_per_second(const std::string& backbone) {
  constexpr double kSecondsAMultiplyAdd = 1.39e-11, kSecondsAValue = 7.15e-10;
  constexpr std::int64_t kSide = 256;
  const NetworkCost cost = cost_of(backbone_list(find_backbone(backbone), 3), kSide);
  return 1 / (kSecondsAMultiplyAdd * static_cast<double>(cost.multiply_adds) +
              kSecondsAValue * static_cast<double>(cost.values));
}

/// Loading the libraries three times, reading the images, two evaluations.
constexpr double kStartSeconds = 6;

/// Cells of one kind take about as long.
std::string kind_of(const Cell& cell) {
  return cell.data + " " + cell.backbone + " " + cell.head + " " + std::to_string(cell.size);
}

/// As one word of a shell.
std::string shell_word(const std::string& text) { return "'" + join_text(split_text(text, '\''), "'\\''") + "'"; }

}  // namespace

void RunnerOptions::validate() const {
  require_range("--jobs", static_cast<double>(jobs), 1, 1024);
  require_range("--shard", static_cast<double>(shard), 1, static_cast<double>(shards));
}

std::vector<Cell> cells_of_shard(const std::vector<Cell>& cells, const RunnerOptions& options) {
  options.validate();
  std::vector<Cell> mine;
  for (std::size_t index = 0; index < cells.size(); ++index)
    if (static_cast<std::int64_t>(index) % options.shards == options.shard - 1) mine.push_back(cells[index]);
  return mine;
}

RunnerOutcome run_cells(const std::vector<Cell>& cells, const RunnerOptions& given, Progress& progress) {
  RunnerOptions options = given;
  options.validate();
  if (options.program.empty()) options.program = executable_folder() / "lanet";
  const std::vector<Cell> mine = cells_of_shard(cells, options);
  const std::int64_t cores = std::max(1U, std::thread::hardware_concurrency());
  const std::int64_t threads = std::max<std::int64_t>(1, cores / options.jobs);

  RunnerOutcome outcome;
  std::mutex guard;
  const auto count = [&](std::int64_t RunnerOutcome::*member) {
    const std::lock_guard lock(guard);
    ++(outcome.*member);
  };
  const auto run_one = [&](std::size_t index) {
    const Cell& cell = mine[index];
    if (stop_requested()) throw Interrupted("stopped; the same command goes on");
    CellRecord record = read_cell_record(options.results, cell);
    const auto complete = [&] {
      const bool explained = fs::exists(cell_run(options.results, cell) / "explain" / "explain.csv");
      return record.state == CellState::kComplete && (!options.explain || explained);
    };
    if (complete()) return count(&RunnerOutcome::before);
    const auto held = CellLock::acquire(cell_folder(options.results, cell));
    if (!held) return count(&RunnerOutcome::elsewhere);
    record = read_cell_record(options.results, cell);  // it may have been finished while we came
    if (complete()) return count(&RunnerOutcome::before);
    const auto start = Clock::now();
    std::string reason;
    try {
      reason = train_and_evaluate(cell, options, threads);
    } catch (const Interrupted&) {
      throw;
    } catch (const Error& error) {
      reason = error.what();
    }
    record.state = reason.empty() ? CellState::kComplete : CellState::kBroken;
    record.reason = reason;
    record.seconds += std::chrono::duration<double>(Clock::now() - start).count();
    record.host = host_name();
    record.finished = utc_now();
    write_cell_record(options.results, cell, record);
    if (reason.empty()) return count(&RunnerOutcome::done);
    const std::lock_guard lock(guard);
    outcome.failed.push_back(cell.name + ": " + reason);
  };
  progress.begin("cells", static_cast<std::int64_t>(mine.size()));
  parallel_for(mine.size(), options.jobs, run_one, [&](std::int64_t finished) {
    const std::lock_guard lock(guard);
    progress.update(finished, std::to_string(outcome.failed.size()) + " failed");
  });
  progress.end(std::to_string(outcome.done + outcome.before) + " of " + std::to_string(mine.size()) + " cells done, " +
               std::to_string(outcome.failed.size()) + " failed, " + std::to_string(outcome.elsewhere) +
               " run elsewhere");
  return outcome;
}

TimeEstimate::TimeEstimate(const std::vector<Cell>& cells, const fs::path& results) {
  for (const Cell& cell : cells) {
    if (!images_.contains(cell.data)) images_[cell.data] = static_cast<double>(read_manifest(cell.data).samples.size());
    const CellRecord record = read_cell_record(results, cell);
    if (record.state != CellState::kComplete) continue;
    auto& [seconds, count] = measured_[kind_of(cell)];
    seconds += record.seconds;
    count += 1;
  }
}

double TimeEstimate::seconds(const Cell& cell) const {
  if (const auto found = measured_.find(kind_of(cell)); found != measured_.end())
    return found->second.first / found->second.second;
  const auto epochs = [&](const char* key) { return std::stod(cell.settings.at(key)); };
  const double scale = static_cast<double>(cell.size) / 256;
  return kStartSeconds + (epochs("stage1.epochs") + epochs("stage2.epochs")) * images_.at(cell.data) * scale * scale /
                             images_per_second(cell.backbone);
}

std::string slurm_script(const std::vector<std::string>& command, std::int64_t shards, const fs::path& folder) {
  std::string words;
  for (const std::string& word : command) words += " " + shell_word(word);
  return "#!/bin/bash\n#SBATCH --job-name=lanet\n#SBATCH --array=1-" + std::to_string(shards) +
         "\n#SBATCH --cpus-per-task=8\n#SBATCH --mem=8G\n#SBATCH --signal=TERM@120\n#SBATCH --requeue\n"
         "# Cells are resumable: a task that is stopped and queued again goes on where it was.\n"
         "cd " +
         shell_word(folder.string()) + " || exit 1\nexec" + words + " --shard \"$SLURM_ARRAY_TASK_ID/" +
         std::to_string(shards) + "\"\n";
}

}  // namespace lanet
