#include "core/parallel.hpp"

#include <atomic>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace lanet {
namespace {

TEST(ParallelFor, DoesEverythingOnce) {
  for (const std::int64_t threads : {1, 3, 0}) {
    std::vector<int> visits(1000, 0);
    std::int64_t last = 0;
    parallel_for(
        visits.size(), threads, [&](std::size_t index) { ++visits[index]; },
        [&](std::int64_t finished) { EXPECT_EQ(finished, ++last); });
    EXPECT_EQ(visits, std::vector<int>(1000, 1));
    EXPECT_EQ(last, 1000);
  }
  parallel_for(0, 2, [](std::size_t) { FAIL(); });
}

TEST(ParallelFor, ThrowsTheFirstErrorAndStops) {
  std::atomic<int> done{0};
  EXPECT_THROW(parallel_for(100000, 2,
                            [&](std::size_t index) {
                              if (index == 10) throw std::runtime_error("ten");
                              ++done;
                            }),
               std::runtime_error);
  EXPECT_LT(done, 100000);
}

}  // namespace
}  // namespace lanet
