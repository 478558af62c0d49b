#pragma once

#include <functional>
#include <future>

#include "train/batch.hpp"

namespace lanet {

/// Prepares the next batch on a thread of its own while the caller works on the present one. The batches and their
/// order do not depend on timing. An exception of the maker is thrown by next().
class Prefetch {
 public:
  /// make(i) builds batch i, 0 <= i < count. It must be safe to call from another thread.
  Prefetch(std::int64_t count, std::function<Batch(std::int64_t)> make);
  ~Prefetch();
  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;

  bool has_next() const { return given_ < count_; }
  /// The next batch; waits for it where it is not ready yet.
  Batch next();
  /// Seconds spent waiting in next() so far.
  double waited_seconds() const { return waited_seconds_; }

 private:
  std::int64_t count_;
  std::function<Batch(std::int64_t)> make_;
  std::int64_t given_ = 0;
  std::future<Batch> pending_;
  double waited_seconds_ = 0;
};

}  // namespace lanet
