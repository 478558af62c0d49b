#include "train/epoch.hpp"

#include <chrono>
#include <cmath>

#include "core/error.hpp"
#include "core/prefetch.hpp"
#include "core/text.hpp"
#include "train/bad_batch.hpp"

namespace lanet {
namespace {

constexpr std::int64_t kStreamsAStage = 1'000'000;

/// The batches of an epoch, as places in the list of training images.
std::vector<std::vector<std::int64_t>> batches_of(const EpochContext& context, std::int64_t stream) {
  auto order = shuffled_batches(static_cast<std::int64_t>(context.members.size()), context.stage.course.batch_size,
                                static_cast<std::uint64_t>(context.options.seed), stream);
  for (auto& batch : order)
    for (std::int64_t& member : batch) member = context.members[static_cast<std::size_t>(member)];
  return order;
}

LossNumbers train_step(const EpochContext& context, Batch& batch, const EpochRow& row, std::int64_t step) {
  move_batch(batch, context.compute.device);
  const LossNumbers numbers = context.objective.step(batch, row.learning_rate);
  if (!std::isfinite(numbers.total))
    refuse_batch(context.folder, batch, context.data.train.samples(),
                 "stage " + std::to_string(row.stage) + ", epoch " + std::to_string(row.epoch) + ", step " +
                     std::to_string(step));
  return numbers;
}

}  // namespace

EpochTime train_epoch(const EpochContext& context, EpochRow& row, const std::function<void()>& after_step) {
  const auto start = std::chrono::steady_clock::now();
  const TrainOptions& options = context.options;
  const ScheduleOptions& course = context.stage.course;
  // Stages draw from different streams: epoch 1 of stage 2 must not repeat that of stage 1.
  const std::int64_t stream = row.epoch + kStreamsAStage * context.stage.number;
  const auto order = batches_of(context, stream);
  const auto steps = static_cast<std::int64_t>(order.size());
  Prefetch<Batch> batches(steps, [&](std::int64_t index) {
    return make_batch(context.data.train, order[static_cast<std::size_t>(index)], options.input_size, &options.augment,
                      static_cast<std::uint64_t>(options.seed), stream, options.data.loader_threads);
  });
  context.progress.begin("stage " + std::to_string(row.stage) + " epoch " + std::to_string(row.epoch) + "/" +
                             std::to_string(course.epochs),
                         steps);
  context.objective.network()->train();
  MeanOfBatches means;
  std::int64_t images = 0;
  for (std::int64_t step = 0; step < steps; ++step) {
    Batch batch = batches.next();
    images += batch.size();
    row.learning_rate = learning_rate_at(course, (row.epoch - 1) * steps + step, course.epochs * steps);
    const LossNumbers loss = train_step(context, batch, row, step + 1);
    means.add(loss);
    context.progress.update(step + 1, "loss " + fixed(loss.total, 4));
    after_step();
  }
  row.train = means.means();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  row.images_per_second = static_cast<double>(images) / seconds;
  return {seconds, batches.waited_seconds()};
}

void validate_epoch(const EpochContext& context, EpochRow& row) {
  const auto losses = [&context](const NetworkOutput& output, const Batch& batch) {
    return context.objective.losses(output, batch);
  };
  row.val = validate_network(context.objective.network(), context.data.val, context.options.input_size,
                             context.stage.course.batch_size, context.data.positive_index, context.stage.classifies,
                             losses, context.compute);
  if (!std::isfinite(row.val.means.loss))
    throw DataError({context.folder.string(),
                     "a validation loss that is not finite after stage " + std::to_string(row.stage) + ", epoch " +
                         std::to_string(row.epoch),
                     "a finite loss", "lower the learning rate; --resume goes on before this epoch"});
}

}  // namespace lanet
