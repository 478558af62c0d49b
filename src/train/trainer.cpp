#include "train/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <nlohmann/json.hpp>

#include "core/clock.hpp"
#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/prefetch.hpp"
#include "core/stop_request.hpp"
#include "core/text.hpp"
#include "core/version.hpp"
#include "kernel/kernel_choice.hpp"
#include "model/backbone_weights.hpp"
#include "model/weights.hpp"
#include "train/bad_batch.hpp"
#include "train/resume_rules.hpp"
#include "train/run_folder.hpp"

namespace lanet {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kNetworkPrefix = "network.";
constexpr const char* kAdamPrefix = "adam.";
constexpr const char* kAveragePrefix = "average.";

using Names = std::vector<std::string>;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::string settings_text(const TrainOptions& options) {
  TrainOptions copy = options;
  return to_commented_toml(fields_of(copy));
}

/// Without the empty one that splitting an empty text gives.
std::vector<std::string> lines_of(const std::string& text) {
  return text.empty() ? std::vector<std::string>() : split_text(trim(text), '\n');
}

bool starts_with_any(const std::string& name, const std::vector<std::string>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const std::string& prefix) { return name.starts_with(prefix); });
}

/// Name and tensor of every parameter below one of the prefixes.
NamedTensors learning_parameters(const torch::nn::Module& network, const Names& prefixes) {
  NamedTensors parameters;
  for (const auto& item : network.named_parameters())
    if (starts_with_any(item.key(), prefixes)) parameters.emplace_back(item.key(), item.value());
  return parameters;
}

/// Copies the tensors below the prefixes, batch statistics included. The file is a whole network of the same shape.
void load_children(torch::nn::Module& network, const SafetensorsFile& file, const Names& prefixes) {
  const torch::NoGradGuard no_gradient;
  for (auto& [name, target] : named_state(network)) {
    if (!starts_with_any(name, prefixes)) continue;
    const TensorInfo* info = file.find(name);
    if (!info || info->shape != target.sizes().vec())
      throw DataError({file.place(), "no " + name + " " + shape_text(target.sizes().vec()), "the stage-1 network", ""});
    target.copy_(tensor_from_file(file, *info));
  }
}

/// The tensors whose names begin with a prefix, without it.
NamedTensors below(const NamedTensors& tensors, const std::string& prefix) {
  NamedTensors found;
  for (const auto& [name, tensor] : tensors)
    if (name.starts_with(prefix)) found.emplace_back(name.substr(prefix.size()), tensor);
  return found;
}

SubsetCount count_subset(const std::string& name, const std::vector<CachedSample>& samples, std::int64_t groups) {
  const auto labelled = std::count_if(samples.begin(), samples.end(),
                                      [](const CachedSample& sample) { return sample.location != Location::kNone; });
  return {name, static_cast<std::int64_t>(samples.size()), groups, labelled};
}

std::string short_status(const EpochRow& row) {
  std::string text = "loss " + fixed(row.train.loss, 4) + " (val " + fixed(row.val.means.loss, 4) + ")";
  if (row.stage == 2) text += ", accuracy " + fixed(row.val.accuracy, 3) + ", AUC " + fixed(row.val.auc, 3);
  if (!std::isnan(row.val.jsi)) text += ", JSI " + fixed(row.val.jsi, 3);
  return text + ", " + fixed(row.images_per_second, 1) + " images/s";
}

}  // namespace

Trainer::Trainer(const TrainOptions& options, std::vector<std::string> command, bool resume, Progress& progress)
    : options_(options),
      progress_(progress),
      folder_(options.run_folder()),
      checkpoints_(folder_),
      events_(folder_ / kEventsName) {
  options_.resolve();
  const bool begun = checkpoints_.exist() || std::filesystem::exists(folder_ / kBestName);
  if (begun && !resume)
    throw ConfigError({folder_.string(), "a run of this name", "a new name",
                       "go on with it by --resume, or choose another by --set name=NAME"});
  if (!checkpoints_.exist()) require_room_for_run(folder_);
  std::filesystem::create_directories(folder_);
  lock_.emplace(folder_);
  remove_stale_temporaries(folder_);
  compute_ = choose_compute(options_.compute);
  data_ = load_training_data(options_, compute_.threads, progress_);
  record_.command = std::move(command);
  record_.manifest = data_.manifest_file;
  record_.split = data_.split_file;
  record_.fingerprint = data_.fingerprint;
  record_.classes = data_.classes;
  record_.positive = data_.positive;
  record_.started = utc_now();
  record_.subsets = {count_subset("train", data_.train.samples(), data_.train_groups),
                     count_subset("val", data_.val.samples(), data_.val_groups)};
  if (resume && checkpoints_.exist()) {
    restore(read_newest_checkpoint(checkpoints_));
    write_file_atomically(folder_ / kSettingsName, settings_text(options_));
  } else {
    if (resume) progress_.note("no checkpoint to go on from: the run begins");
    write_file_atomically(folder_ / kSettingsName, settings_text(options_));
    write_split(folder_ / kSplitName, data_.split);
    start_stage(options_.stage1.course.epochs > 0 ? 1 : 2);
  }
  save_record();
}

std::filesystem::path Trainer::run() {
  progress_.note(compute_.device_name + ", " + compute_.precision() + ", " + std::to_string(data_.train.size()) +
                 " training and " + std::to_string(data_.val.size()) + " validation images");
  run_stage();
  if (stage_->number == 1) {
    start_stage(2);
    run_stage();
  }
  record_.finished = utc_now();
  save_record();
  return folder_ / kBestName;
}

Network Trainer::make_fresh_network() {
  torch::manual_seed(seed());
  Network network(options_.network, static_cast<std::int64_t>(data_.classes.size()));
  const LoadReport report = load_backbone_weights(network, options_.weights);
  record_.weights_report = report.changed;
  if (options_.weights != "none")
    record_.weights_report.push_back(std::to_string(report.taken.size()) + " tensors taken from " + options_.weights +
                                     ", " + std::to_string(report.left.size()) + " left");
  network->to(compute_.device);
  use_channels_last(*network);
  return network;
}

void Trainer::start_stage(std::int64_t number) {
  network_ = make_fresh_network();
  const bool after_stage1 = number == 2 && options_.stage1.course.epochs > 0;
  if (after_stage1) {
    const SafetensorsFile best = SafetensorsFile::open(folder_ / kStage1BestName);
    load_children(*network_, best, options_.stage2.start == "all" ? Names{"fex.", "la_net."} : Names{"la_net."});
  }
  stage_ = number == 1 ? make_stage1(options_, data_.train.samples()) : make_stage2(options_, data_.train.samples());
  adam_.emplace(learning_parameters(*network_, stage_->parameter_prefixes), options_.adam);
  average_.reset();
  if (stage_->average > 0) average_.emplace(*network_, stage_->average);
  state_ = Checkpoint();
  state_.stage = number;
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
  if (checkpoint.best_epoch > 0) SafetensorsFile::open(folder_ / (checkpoint.stage == 1 ? kStage1BestName : kBestName));
  record_.stages = stages_from_json(checkpoint.stages_json, place);
  record_.started = checkpoint.started;
  record_.notes = lines_of(checkpoint.notes);
  kernel_choice().restore(checkpoint.kernels, place);
  start_stage(checkpoint.stage);
  load_state(*network_, below(checkpoint.tensors, kNetworkPrefix), place);
  adam_->load_state(below(checkpoint.tensors, kAdamPrefix), place);
  if (average_) average_->load_state(below(checkpoint.tensors, kAveragePrefix), place);
  metrics_ = parse_csv(checkpoint.metrics_csv, place).rows;
  checkpoint.tensors.clear();
  state_ = std::move(checkpoint);
  progress_.note("resumed after epoch " + std::to_string(state_.epochs_done) + " of stage " +
                 std::to_string(state_.stage));
}

void Trainer::run_stage() {
  for (std::int64_t epoch = state_.epochs_done + 1; epoch <= stage_->course.epochs; ++epoch) {
    EpochRow row;
    row.stage = stage_->number;
    row.epoch = epoch;
    const auto start = Clock::now();
    train_epoch(row);
    if (average_) average_->swap(*network_);
    validate_epoch(row);
    row.seconds = seconds_since(start);
    keep_if_best(row);
    if (average_) average_->swap(*network_);
    finish_epoch(row);
  }
  finish_stage();
}

void Trainer::validate_epoch(EpochRow& row) {
  row.val = validate_network(network_, data_.val, options_.input_size, stage_->course.batch_size, data_.positive_index,
                             stage_->classify, stage_->loss, compute_);
  // Weights that the last step broke show here; they must not become a checkpoint.
  if (!std::isfinite(row.val.means.loss))
    throw DataError({folder_.string(),
                     "a validation loss that is not finite after stage " + std::to_string(row.stage) + ", epoch " +
                         std::to_string(row.epoch),
                     "a finite loss", "lower the learning rate; --resume goes on before this epoch"});
}

void Trainer::train_epoch(EpochRow& row) {
  const auto start = Clock::now();
  const auto samples = static_cast<std::int64_t>(stage_->members.size());
  // Stages draw from different streams: epoch 1 of stage 2 must not repeat that of stage 1.
  const std::int64_t stream = row.epoch + 1'000'000 * stage_->number;
  auto order = shuffled_batches(samples, stage_->course.batch_size, seed(), stream);
  for (auto& members : order)
    for (std::int64_t& member : members) member = stage_->members[static_cast<std::size_t>(member)];
  const auto steps = static_cast<std::int64_t>(order.size());
  Prefetch<Batch> batches(steps, [&](std::int64_t index) {
    return make_batch(data_.train, order[static_cast<std::size_t>(index)], options_.input_size, &options_.augment,
                      seed(), stream, options_.data.loader_threads);
  });
  progress_.begin("stage " + std::to_string(row.stage) + " epoch " + std::to_string(row.epoch) + "/" +
                      std::to_string(stage_->course.epochs),
                  steps);
  network_->train();
  MeanOfBatches means;
  std::int64_t images = 0;
  for (std::int64_t step = 0; step < steps; ++step) {
    Batch batch = batches.next();
    images += batch.size();
    row.learning_rate = learning_rate_at(stage_->course, (row.epoch - 1) * steps + step, stage_->course.epochs * steps);
    const LossNumbers loss = train_step(batch, row, step + 1);
    means.add(loss);
    progress_.update(step + 1, "loss " + fixed(loss.total, 4));
    // Where finished epochs are in no checkpoint yet, this one is finished too: they would be lost.
    if (stop_requested() && saved_) stop();
  }
  row.train = means.means();
  const double seconds = seconds_since(start);
  row.images_per_second = static_cast<double>(images) / seconds;
  train_seconds_ += seconds;
  wait_seconds_ += batches.waited_seconds();
}

LossNumbers Trainer::train_step(Batch& batch, const EpochRow& row, std::int64_t step) {
  move_batch(batch, compute_.device);
  adam_->zero_grad();
  HybridLoss loss;
  {
    const AutocastScope autocast(compute_);
    loss = stage_->loss(network_->forward(batch.images), batch);
  }
  const LossNumbers numbers = numbers_of(loss, batch);
  if (!std::isfinite(numbers.total)) refuse_loss(batch, row, step);
  loss.total.backward();
  adam_->step(row.learning_rate);
  if (average_) average_->update(*network_);
  return numbers;
}

void Trainer::refuse_loss(const Batch& batch, const EpochRow& row, std::int64_t step) {
  const std::filesystem::path folder = folder_ / "bad_batch";
  std::vector<std::string> ids;
  for (const std::int64_t member : batch.members)
    ids.push_back(data_.train.samples()[static_cast<std::size_t>(member)].id);
  write_bad_batch(folder, batch, ids);
  throw DataError(
      {folder_.string(),
       "a loss that is not finite in stage " + std::to_string(row.stage) + ", epoch " + std::to_string(row.epoch) +
           ", step " + std::to_string(step) + ", images " + join_text(ids, ", "),
       "a finite loss",
       "look at the batch in " + folder.string() + " and lower the learning rate; --resume goes on before this epoch"});
}

void Trainer::stop() const {
  throw Interrupted("stopped in stage " + std::to_string(stage_->number) + " after epoch " +
                    std::to_string(state_.epochs_done) + ": go on with `lanet train " + folder_.string() +
                    " --resume`");
}

void Trainer::keep_if_best(const EpochRow& row) {
  const Goodness now = stage_->goodness(row.val, row.epoch);
  if (state_.best_epoch > 0 && !now.better_than({state_.best_score, state_.best_loss})) return;
  state_.best_epoch = row.epoch;
  state_.best_score = now.score;
  state_.best_loss = now.loss;
  if (stage_->number == 1)
    save_state(folder_ / kStage1BestName, *network_, {{"stage", "1"}});
  else
    save_model(folder_ / kBestName, network_, make_card(row));
}

void Trainer::finish_epoch(const EpochRow& row) {
  metrics_.push_back(metrics_cells(row));
  state_.epochs_done = row.epoch;
  state_.seconds += row.seconds;
  progress_.end(short_status(row) + (state_.best_epoch == row.epoch ? ", best so far" : ""));
  write_file_atomically(folder_ / kMetricsName, to_csv(metrics_columns(), metrics_));
  write_events();
  note_kernels();
  const bool last = row.epoch == stage_->course.epochs;
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
  const KernelChoice::Count count = kernel_choice().count();
  progress_.note("kernels: " + std::to_string(count.own) + " steps by lanet's own, " + std::to_string(count.library) +
                 " by LibTorch's; " + std::to_string(count.measured) + " of them measured now");
}

void Trainer::write_events() {
  const auto columns = metrics_columns();
  const double now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  for (; events_written_ < metrics_.size(); ++events_written_) {
    const auto& row = metrics_[events_written_];
    Scalars scalars;
    for (std::size_t column = 2; column < row.size(); ++column)
      if (!row[column].empty()) scalars.emplace_back("stage" + row[0] + "/" + columns[column], std::stod(row[column]));
    events_.append(now, std::stoll(row[1]), scalars);
  }
}

void Trainer::finish_stage() {
  StageSummary summary;
  summary.stage = stage_->number;
  summary.epochs = state_.epochs_done;
  summary.best_epoch = state_.best_epoch;
  summary.best_val_loss = state_.best_loss;
  summary.best_val_accuracy = accuracy_of_epoch(state_.best_epoch);
  summary.data_wait_share = train_seconds_ > 0 ? wait_seconds_ / train_seconds_ : 0;
  summary.seconds = state_.seconds;
  record_.stages.push_back(summary);
  progress_.note("stage " + std::to_string(summary.stage) + ": best epoch " + std::to_string(summary.best_epoch) +
                 " of " + std::to_string(summary.epochs) + ", waited for data " +
                 fixed(100 * summary.data_wait_share, 1) + " % of the time");
}

double Trainer::accuracy_of_epoch(std::int64_t epoch) const {
  const auto columns = metrics_columns();
  const auto column =
      static_cast<std::size_t>(std::find(columns.begin(), columns.end(), "val_accuracy") - columns.begin());
  for (const auto& row : metrics_)
    if (row[0] == std::to_string(stage_->number) && row[1] == std::to_string(epoch))
      return row.at(column).empty() ? std::nan("") : std::stod(row.at(column));
  return std::nan("");
}

void Trainer::save_checkpoint() {
  Checkpoint checkpoint = state_;
  checkpoint.settings = settings_text(options_);
  checkpoint.fingerprint = data_.fingerprint;
  checkpoint.metrics_csv = to_csv(metrics_columns(), metrics_);
  checkpoint.stages_json = stages_json(record_.stages);
  checkpoint.kernels = kernel_choice().chosen();
  for (const auto& [name, tensor] : named_state(*network_))
    checkpoint.tensors.emplace_back(kNetworkPrefix + name, tensor);
  for (const auto& [name, tensor] : adam_->state()) checkpoint.tensors.emplace_back(kAdamPrefix + name, tensor);
  if (average_)
    for (const auto& [name, tensor] : average_->state()) checkpoint.tensors.emplace_back(kAveragePrefix + name, tensor);
  write_checkpoint(checkpoints_, checkpoint);
}

void Trainer::save_record() const {
  write_file_atomically(folder_ / kRecordName, record_json(record_, options_, compute_));
}

ModelCard Trainer::make_card(const EpochRow& row) const {
  NetworkOptions network = options_.network;
  ModelCard card;
  card.architecture = to_commented_toml(fields_of(network));
  card.classes = data_.classes;
  card.positive_class = data_.positive;
  card.input_size = options_.input_size;
  card.precision = compute_.precision();
  card.fingerprint = data_.fingerprint;
  card.metrics = nlohmann::json{
      {"validation_accuracy", row.val.accuracy},
      {"validation_auc", row.val.auc},
      {"validation_jsi", row.val.jsi},
      {"validation_images", data_.val.size()},
      {"epoch",
       row.epoch}}.dump();
  card.created_by = std::string("lanet ") + kVersion;
  card.notes = "run " + options_.name + ", seed " + std::to_string(options_.seed);
  return card;
}

}  // namespace lanet
