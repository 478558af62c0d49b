#include "serve/work_queue.hpp"

#include <algorithm>
#include <set>

#include "core/error.hpp"
#include "core/text.hpp"
#include "serve/http_error.hpp"

namespace lanet {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kBatch = 8;       // what the engine runs at once
constexpr std::size_t kBackground = 8;  // places for the background

double milliseconds(Clock::duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

}  // namespace

struct WorkQueue::Model {
  ModelSource source;
  std::mutex mutex;  // of opening
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Finder> finder;
};

struct WorkQueue::Entry {
  Task task;
  std::promise<Found> promise;
  std::future<Found> result = promise.get_future();
  Clock::time_point put = Clock::now();
  std::atomic<bool> abandoned{false};  // nobody waits any longer
};

WorkQueue::WorkQueue(std::vector<ModelSource> models, const WorkQueueOptions& options) : options_(options) {
  if (models.empty()) throw ConfigError({"--model", "none", "at least one model", ""});
  std::set<std::string> names;
  for (ModelSource& source : models) {
    if (!names.insert(source.name).second)
      throw ConfigError({"--model", "'" + source.name + "' twice", "models with different names", "rename a file"});
    models_.push_back(std::make_unique<Model>());
    models_.back()->source = std::move(source);
  }
  const EngineInfo& first = info("");
  thread_ = std::thread([this] { work(); });
  // The first run loads the network: nobody should have to wait for that.
  const std::int64_t side = first.card.input_size;
  put({models_.front()->source.name, {"", make_image(side, side, 1), std::nullopt, std::nullopt}, false},
      Asker::kBackground);
}

WorkQueue::~WorkQueue() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_all();
  taken_.notify_all();
  thread_.join();
}

std::vector<std::string> WorkQueue::names() const {
  std::vector<std::string> names;
  for (const auto& model : models_) names.push_back(model->source.name);
  return names;
}

const std::string& WorkQueue::resolve(const std::string& name) const {
  if (name.empty()) return models_.front()->source.name;
  for (const auto& model : models_)
    if (model->source.name == name) return model->source.name;
  throw HttpError(404, "model: no model of that name, but lanet needs one of " + join_text(names(), ", "));
}

WorkQueue::Model& WorkQueue::model(const std::string& name) {
  const std::string& known = resolve(name);
  Model& model =
      **std::find_if(models_.begin(), models_.end(), [&](const auto& each) { return each->source.name == known; });
  const std::lock_guard lock(model.mutex);
  if (!model.engine) {
    model.engine = model.source.open();
    model.finder = std::make_unique<Finder>(*model.engine, options_.finder);
  }
  return model;
}

const EngineInfo& WorkQueue::info(const std::string& name) { return model(name).engine->info(); }

std::shared_ptr<WorkQueue::Entry> WorkQueue::put(Task&& task, Asker asker) {
  auto entry = std::make_shared<Entry>();
  entry->task = std::move(task);
  std::unique_lock lock(mutex_);
  const bool person = asker == Asker::kPerson;
  if (person && person_.size() >= options_.capacity)
    throw HttpError(503, "the queue is full (" + std::to_string(options_.capacity) + " images wait); try again", 1);
  const std::uint64_t bytes = entry->task.input.image.pixels.size();
  if (person && !person_.empty() && pixel_bytes_ + bytes > options_.pixel_bytes)
    throw HttpError(503, "too many pixels wait for the network; try again", 1);
  if (!person) taken_.wait(lock, [this] { return stopping_ || background_.size() < kBackground; });
  if (stopping_) throw HttpError(503, "the server is stopping");
  (person ? person_ : background_).push_back(entry);
  if (person) {
    ++waiting_;
    pixel_bytes_ += bytes;
  }
  lock.unlock();
  arrived_.notify_one();
  return entry;
}

Found WorkQueue::find(Task task, Asker asker) {
  task.model = resolve(task.model);
  const std::shared_ptr<Entry> entry = put(std::move(task), asker);
  if (asker == Asker::kBackground) return entry->result.get();
  if (entry->result.wait_for(options_.time_limit) == std::future_status::ready) return entry->result.get();
  entry->abandoned = true;
  throw HttpError(503,
                  "the network did not get to it in " +
                      fixed(std::chrono::duration<double>(options_.time_limit).count(), 1) + " s; try again",
                  5);
}

/// Up to a batch of one model, of those that a person waits for if there is any. Empty at the end.
std::vector<std::shared_ptr<WorkQueue::Entry>> WorkQueue::take() {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [this] { return stopping_ || !person_.empty() || !background_.empty(); });
  std::deque<std::shared_ptr<Entry>>& from = person_.empty() ? background_ : person_;
  std::vector<std::shared_ptr<Entry>> batch;
  while (!from.empty() && batch.size() < kBatch) {
    const Task& task = from.front()->task;
    if (!batch.empty() &&
        (task.activation || batch.front()->task.activation || task.model != batch.front()->task.model))
      break;
    if (&from == &person_) {
      --waiting_;
      pixel_bytes_ -= task.input.image.pixels.size();
    }
    batch.push_back(std::move(from.front()));
    from.pop_front();
  }
  lock.unlock();
  taken_.notify_all();
  return batch;
}

void WorkQueue::work() {
  for (;;) {
    std::vector<std::shared_ptr<Entry>> batch = take();
    if (batch.empty()) return;
    std::erase_if(batch, [](const auto& entry) { return entry->abandoned.load(); });
    if (batch.empty()) continue;
    try {
      run(batch);
    } catch (...) {  // an engine's own errors too: whoever waits is told
      for (const auto& entry : batch) entry->promise.set_exception(std::current_exception());
    }
  }
}

void WorkQueue::run(std::vector<std::shared_ptr<Entry>>& batch) {
  const auto begin = Clock::now();
  Model& chosen = model(batch.front()->task.model);
  std::vector<FinderInput> inputs;
  for (const auto& entry : batch) inputs.push_back(std::move(entry->task.input));
  std::vector<Found> results(batch.size());
  std::vector<Prediction> predictions = chosen.finder->find_all(inputs);
  for (std::size_t index = 0; index < batch.size(); ++index) {
    results[index].prediction = std::move(predictions[index]);
    if (batch[index]->task.activation)
      results[index].activation = chosen.engine->class_activation(
          network_input(inputs[index].image, results[index].prediction.region, chosen.engine->info().card.input_size));
    results[index].wait_ms = milliseconds(begin - batch[index]->put);
    results[index].find_ms = milliseconds(Clock::now() - begin);
  }
  // All or none: after the first answer nothing here may throw.
  for (std::size_t index = 0; index < batch.size(); ++index) batch[index]->promise.set_value(std::move(results[index]));
  found_ += batch.size();
}

}  // namespace lanet
