#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <utility>

namespace lanet {

/// Prepares the next item on a thread of its own while the caller works on the present one. The items and their order
/// do not depend on timing. An exception of the maker is thrown by next().
template <class Item>
class Prefetch {
 public:
  /// make(i) builds item i, 0 <= i < count. It must be safe to call from another thread.
  Prefetch(std::int64_t count, std::function<Item(std::int64_t)> make) : count_(count), make_(std::move(make)) {
    if (count_ > 0) pending_ = std::async(std::launch::async, make_, 0);
  }
  ~Prefetch() {
    if (pending_.valid()) pending_.wait();
  }
  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;

  bool has_next() const { return given_ < count_; }
  /// The next item; waits for it where it is not ready yet.
  Item next() {
    const auto start = std::chrono::steady_clock::now();
    Item item = pending_.get();
    waited_seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (++given_ < count_) pending_ = std::async(std::launch::async, make_, given_);
    return item;
  }
  /// Seconds spent waiting in next() so far.
  double waited_seconds() const { return waited_seconds_; }

 private:
  std::int64_t count_;
  std::function<Item(std::int64_t)> make_;
  std::int64_t given_ = 0;
  std::future<Item> pending_;
  double waited_seconds_ = 0;
};

}  // namespace lanet
