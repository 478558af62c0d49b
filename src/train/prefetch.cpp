#include "train/prefetch.hpp"

#include <chrono>
#include <utility>

namespace lanet {

Prefetch::Prefetch(std::int64_t count, std::function<Batch(std::int64_t)> make)
    : count_(count), make_(std::move(make)) {
  if (count_ > 0) pending_ = std::async(std::launch::async, make_, 0);
}

Prefetch::~Prefetch() {
  if (pending_.valid()) pending_.wait();
}

Batch Prefetch::next() {
  const auto start = std::chrono::steady_clock::now();
  Batch batch = pending_.get();
  waited_seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (++given_ < count_) pending_ = std::async(std::launch::async, make_, given_);
  return batch;
}

}  // namespace lanet
