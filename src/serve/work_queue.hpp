#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "infer/finder.hpp"

namespace lanet {

/// A model that is opened when it is first asked for.
struct ModelSource {
  std::string name;
  std::function<std::unique_ptr<Engine>()> open;
};

/// What the network made of an image.
struct Found {
  Prediction prediction;
  std::vector<ProbabilityMap> activation;  // where asked for, and where the engine can say
  double wait_ms = 0;                      // in the queue
  double find_ms = 0;                      // of the batch
};

struct WorkQueueOptions {
  std::size_t capacity = 64;            // images that somebody waits for
  std::uint64_t pixel_bytes = 1 << 30;  // of all of them
  std::chrono::milliseconds time_limit{30'000};
  FinderOptions finder;
};

/// The only one who runs networks: a thread of its own, since an engine takes one call at a time and uses all cores
/// itself. Images that wait together go through the network together. Those that a person waits for go before those of
/// the background.
class WorkQueue {
 public:
  /// Throws ConfigError for no model or a name twice. The first model is opened and run once at once.
  WorkQueue(std::vector<ModelSource> models, const WorkQueueOptions& options);
  /// Finishes what is in the queue.
  ~WorkQueue();

  std::vector<std::string> names() const;
  /// Opens the model if need be. name "": the first. Throws HttpError 404 for another name, DataError or SystemError
  /// for a model that cannot be opened.
  const EngineInfo& info(const std::string& name);
  /// The name itself, or that of the first model for "". Throws HttpError 404.
  const std::string& resolve(const std::string& name) const;

  enum class Asker { kPerson, kBackground };
  struct Task {
    std::string model;
    FinderInput input;
    bool activation = false;
  };
  /// Waits for the network. Throws HttpError 503 where the queue is full (the background waits instead), the time is
  /// over or the server ends.
  Found find(Task task, Asker asker);

  std::size_t waiting() const { return waiting_.load(); }
  std::size_t capacity() const { return options_.capacity; }
  /// Images that went through a network so far.
  std::uint64_t found() const { return found_.load(); }

 private:
  struct Model;
  struct Entry;

  Model& model(const std::string& name);
  void work();
  std::vector<std::shared_ptr<Entry>> take();
  void run(std::vector<std::shared_ptr<Entry>>& batch);
  std::shared_ptr<Entry> put(Task&& task, Asker asker);

  WorkQueueOptions options_;
  std::vector<std::unique_ptr<Model>> models_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::condition_variable taken_;
  std::deque<std::shared_ptr<Entry>> person_, background_;
  std::uint64_t pixel_bytes_ = 0;  // of person_
  bool stopping_ = false;
  std::atomic<std::size_t> waiting_{0};
  std::atomic<std::uint64_t> found_{0};
  std::thread thread_;
};

}  // namespace lanet
