#include "core/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace lanet {

void parallel_for(std::size_t count, std::int64_t threads, const std::function<void(std::size_t)>& work,
                  const std::function<void(std::int64_t)>& done) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::int64_t finished = 0;
  std::exception_ptr first_error;
  const auto loop = [&] {
    for (std::size_t index = next++; index < count; index = next++) {
      try {
        work(index);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!first_error) first_error = std::current_exception();
        next = count;
        return;
      }
      const std::lock_guard lock(mutex);
      ++finished;
      if (done) done(finished);
    }
  };
  const std::int64_t cores = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::thread> workers;
  for (std::int64_t thread = 1; thread < (threads > 0 ? threads : cores); ++thread) workers.emplace_back(loop);
  loop();
  for (std::thread& worker : workers) worker.join();
  if (first_error) std::rethrow_exception(first_error);
}

}  // namespace lanet
