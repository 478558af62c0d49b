#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace lanet {

/// Calls work(index) once for every index below `count`, on `threads` threads (0: one per core), in any order. `done`
/// is told how many are finished, never by two threads at once. The first exception of `work` ends the handing out and
/// is thrown when all threads have stopped.
void parallel_for(std::size_t count, std::int64_t threads, const std::function<void(std::size_t index)>& work,
                  const std::function<void(std::int64_t finished)>& done = {});

}  // namespace lanet
