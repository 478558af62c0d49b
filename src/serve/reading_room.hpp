#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "serve/item_store.hpp"
#include "serve/serve_options.hpp"
#include "serve/work_queue.hpp"

namespace lanet {

/// A finding and what it took, in milliseconds; all 0 where it was known already.
struct TimedFinding {
  std::shared_ptr<const KeptFinding> kept;
  double decode_ms = 0, find_ms = 0, wait_ms = 0;
};

/// Where items are looked at: on demand, and in the background those that came in or are samples.
class ReadingRoom {
 public:
  ReadingRoom(std::vector<ModelSource> models, const ServeOptions& options);
  ~ReadingRoom();

  /// The background stops after the frame at hand; whoever asks for a finding is still answered.
  void close();

  WorkQueue& queue() { return queue_; }
  ItemStore& items() { return items_; }
  const InputLimits& limits() const { return limits_; }
  using Asker = WorkQueue::Asker;

  /// The finding of a frame (from 1), known or made now. model "": the item's own. Throws HttpError, DataError.
  TimedFinding finding(Item& item, std::int64_t frame, const std::string& model, Asker asker);
  /// Class activation of a frame, by class in the model's order, and the part of the picture that it covers. Empty maps
  /// where the model cannot say.
  Found activation(Item& item, std::int64_t frame, const std::string& model);
  /// Pixels of a frame, at most a few decoded at a time. Throws DataError, HttpError 503.
  FinderInput pixels(Item& item, std::int64_t frame);
  /// A frame as PNG, with the finding drawn into it where one is given. In memory no longer than its place among those
  /// that are decoded.
  std::string png(Item& item, std::int64_t frame, const Finding* drawn = nullptr);
  /// Looks at every frame and sums up. A failure is noted in the item. Stops in the middle when the room closes.
  void read(Item& item, Asker asker);
  /// Once every frame is known: the item's summary and state. Nothing before.
  void finish(Item& item);
  /// The background will read it.
  void read_later(const std::shared_ptr<Item>& item);
  /// Keeps the images of a folder, which stay where they are, and lets the background read them. Throws DataError.
  std::vector<std::shared_ptr<Item>> add_samples(const std::filesystem::path& folder);

 private:
  void work();
  void check_frame(const Item& item, std::int64_t frame) const;

  InputLimits limits_;
  std::chrono::milliseconds patience_;
  ItemStore items_;
  std::counting_semaphore<64> decoders_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::weak_ptr<Item>> later_;
  std::atomic<bool> closing_{false};
  WorkQueue queue_;
  std::thread thread_;
};

}  // namespace lanet
