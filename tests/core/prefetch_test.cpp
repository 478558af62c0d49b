#include "core/prefetch.hpp"

#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace lanet {
namespace {

TEST(Prefetch, KeepsTheOrderAndPassesErrorsOn) {
  Prefetch<std::vector<std::int64_t>> items(5, [](std::int64_t index) {
    if (index == 3) throw std::runtime_error("three");
    return std::vector<std::int64_t>(1000, index);
  });
  for (std::int64_t index = 0; index < 3; ++index) EXPECT_EQ(items.next(), std::vector<std::int64_t>(1000, index));
  EXPECT_THROW(items.next(), std::runtime_error);
  EXPECT_GE(items.waited_seconds(), 0);
}

TEST(Prefetch, NothingToDoAndLeftHalfDone) {
  EXPECT_FALSE(Prefetch<int>(0, [](std::int64_t) { return 1; }).has_next());
  int made = 0;
  {
    Prefetch<int> items(100, [&](std::int64_t) { return ++made; });
    items.next();
  }
  EXPECT_LE(made, 2);  // the one that was under way is waited for, no more are begun
}

}  // namespace
}  // namespace lanet
