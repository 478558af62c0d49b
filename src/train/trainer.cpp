#include "train/trainer.hpp"

#include <chrono>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/stop_request.hpp"
#include "core/text.hpp"
#include "kernel/kernel_choice.hpp"
#include "model/weights.hpp"
#include "train/epoch.hpp"
#include "train/resume_rules.hpp"
#include "train/run_card.hpp"
#include "train/run_folder.hpp"

namespace lanet {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

}  // namespace

Trainer::Trainer(const TrainOptions& options, std::vector<std::string> command, bool resume, Progress& progress)
    : options_(options), progress_(progress), folder_(options.run_folder()), checkpoints_(folder_) {
  options_.resolve();
  require_room_for_run(folder_, checkpoints_.exist(), resume);
  std::filesystem::create_directories(folder_);
  lock_.emplace(folder_);
  remove_stale_temporaries(folder_);
  compute_ = choose_compute(options_.compute);
  data_ = load_training_data(options_, compute_.threads, progress_);
  stages_ = stages_of(options_);
  record_ = begin_record(std::move(command), data_);
  begin(resume);
  save_record();
}

/// From the newest checkpoint, or anew.
void Trainer::begin(bool resume) {
  const bool goes_on = resume && checkpoints_.exist();
  if (goes_on) restore(read_newest_checkpoint(checkpoints_));
  if (resume && !goes_on) progress_.note("no checkpoint to go on from: the run begins");
  write_file_atomically(folder_ / kSettingsName, settings_text(options_));
  if (goes_on) return;
  write_split(folder_ / kSplitName, data_.split);
  start_stage(0);
}

std::filesystem::path Trainer::run() {
  progress_.note(compute_.device_name + ", " + compute_.precision() + ", " + std::to_string(data_.train.size()) +
                 " training and " + std::to_string(data_.val.size()) + " validation images");
  for (run_stage(); stage_ + 1 < stages_.size(); run_stage()) start_stage(stage_ + 1);
  record_.finished = utc_now();
  save_record();
  return folder_ / kBestName;
}

void Trainer::start_stage(std::size_t index) {
  stage_ = index;
  objective_.reset();  // its memory, before another is made
  objective_ = make_objective(options_, stage(), static_cast<std::int64_t>(data_.classes.size()), compute_, folder_);
  record_.weights_report = objective_->origin();
  if (!log_) log_.emplace(folder_, objective_->terms());
  members_ = objective_->members(data_.train.samples());
  state_ = Checkpoint();
  state_.stage = stage().number;
  state_.started = record_.started;
  train_seconds_ = wait_seconds_ = 0;
}

void Trainer::restore(NewestCheckpoint newest) {
  const std::string place = folder_.string();
  Checkpoint& checkpoint = newest.checkpoint;
  if (!newest.warning.empty()) progress_.note(newest.warning);
  for (const std::string& change : check_resumable(checkpoint, options_, place)) {
    progress_.note("changed: " + change);
    checkpoint.notes += "after epoch " + std::to_string(checkpoint.epochs_done) + " of stage " +
                        std::to_string(checkpoint.stage) + ": " + change + "\n";
  }
  if (checkpoint.fingerprint != data_.fingerprint)
    throw DataError(
        {place, "a run on other data", "the images and labels it was begun with", "begin a new run with --name"});
  // Without its best model a run could end with nothing.
  const std::size_t at = place_of_stage(stages_, checkpoint.stage, place);
  if (checkpoint.best_epoch > 0) SafetensorsFile::open(folder_ / stages_[at].best_file);
  record_.stages = stages_from_json(checkpoint.stages_json, place);
  record_.started = checkpoint.started;
  record_.notes = lines_of(checkpoint.notes);
  kernel_choice().restore(checkpoint.kernels, place);
  start_stage(at);
  objective_->load_state(checkpoint.tensors, place);
  log_->restore(checkpoint.metrics_csv, place);
  checkpoint.tensors.clear();
  state_ = std::move(checkpoint);
  progress_.note("resumed after epoch " + std::to_string(state_.epochs_done) + " of stage " +
                 std::to_string(state_.stage));
}

void Trainer::run_stage() {
  const EpochContext context{options_, data_, stage(), members_, *objective_, compute_, folder_, progress_};
  for (std::int64_t epoch = state_.epochs_done + 1; epoch <= stage().course.epochs; ++epoch) {
    EpochRow row;
    row.stage = stage().number;
    row.epoch = epoch;
    const auto start = Clock::now();
    const EpochTime time = train_epoch(context, row, [this] {
      // Where finished epochs are in no checkpoint yet, this one is finished too: they would be lost.
      if (stop_requested() && saved_) stop();
    });
    train_seconds_ += time.all;
    wait_seconds_ += time.waited;
    objective_->as_judged([&] {
      validate_epoch(context, row);
      row.seconds = seconds_since(start);
      keep_if_best(row);
    });
    finish_epoch(row);
  }
  finish_stage();
}

void Trainer::stop() const {
  throw Interrupted("stopped in stage " + std::to_string(stage().number) + " after epoch " +
                    std::to_string(state_.epochs_done) + ": go on with `lanet train " + folder_.string() +
                    " --resume`");
}

void Trainer::keep_if_best(const EpochRow& row) {
  const Goodness now = objective_->goodness(row.val, row.epoch);
  if (state_.best_epoch > 0 && !now.better_than({state_.best_score, state_.best_loss})) return;
  state_.best_epoch = row.epoch;
  state_.best_score = now.score;
  state_.best_loss = now.loss;
  if (stage().makes_a_model)
    save_model(folder_ / stage().best_file, objective_->network(), card_of_run(options_, data_, compute_, row));
  else
    save_state(folder_ / stage().best_file, *objective_->network(), {{"stage", std::to_string(stage().number)}});
}

void Trainer::finish_epoch(const EpochRow& row) {
  state_.epochs_done = row.epoch;
  state_.seconds += row.seconds;
  progress_.end(status_text(row) + (state_.best_epoch == row.epoch ? ", best so far" : ""));
  log_->append(row);
  note_kernels();
  const bool last = row.epoch == stage().course.epochs;
  saved_ = last || stop_requested() || seconds_since(saved_at_) >= options_.compute.checkpoint_seconds;
  if (saved_) {
    save_checkpoint();
    saved_at_ = Clock::now();
  }
  if (stop_requested()) stop();
}

void Trainer::note_kernels() {
  kernel_choice().save();
  record_.kernels = lines_of(kernel_choice().chosen());
  if (kernels_noted_ || kernel_choice().use() != KernelUse::kAuto || !compute_.device.is_cpu()) return;
  kernels_noted_ = true;
  progress_.note(kernels_text(kernel_choice().count()));
}

void Trainer::finish_stage() {
  StageSummary summary;
  summary.stage = stage().number;
  summary.epochs = state_.epochs_done;
  summary.best_epoch = state_.best_epoch;
  summary.best_val_loss = state_.best_loss;
  summary.best_val_accuracy = log_->value(stage().number, state_.best_epoch, "val_accuracy");
  summary.data_wait_share = train_seconds_ > 0 ? wait_seconds_ / train_seconds_ : 0;
  summary.seconds = state_.seconds;
  record_.stages.push_back(summary);
  progress_.note(summary_text(summary));
}

void Trainer::save_checkpoint() {
  Checkpoint checkpoint = state_;
  checkpoint.settings = settings_text(options_);
  checkpoint.fingerprint = data_.fingerprint;
  checkpoint.metrics_csv = log_->csv();
  checkpoint.stages_json = stages_json(record_.stages);
  checkpoint.kernels = kernel_choice().chosen();
  checkpoint.tensors = objective_->state();
  write_checkpoint(checkpoints_, checkpoint);
}

void Trainer::save_record() const {
  write_file_atomically(folder_ / kRecordName, record_json(record_, options_, compute_));
}

}  // namespace lanet
