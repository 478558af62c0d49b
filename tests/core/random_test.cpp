#include "core/random.hpp"

#include <set>

#include <gtest/gtest.h>

namespace lanet {
namespace {

using Block = std::array<std::uint32_t, 4>;

TEST(Philox, PublishedVectors) {
  // kat_vectors of Random123 (Salmon et al. 2011), philox4x32-10.
  EXPECT_EQ(philox_4x32({0, 0, 0, 0}, {0, 0}), (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const std::uint32_t ones = 0xffffffff;
  EXPECT_EQ(philox_4x32({ones, ones, ones, ones}, {ones, ones}),
            (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox_4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomStream, IsAFunctionOfItsNames) {
  RandomStream first(1, "augment", 2, 3), same(1, "augment", 2, 3);
  for (int draw = 0; draw < 100; ++draw) EXPECT_EQ(first.next_u32(), same.next_u32());
}

TEST(RandomStream, EveryNameMatters) {
  std::set<std::uint32_t> values;
  values.insert(RandomStream(1, "augment", 2, 3).next_u32());
  values.insert(RandomStream(2, "augment", 2, 3).next_u32());
  values.insert(RandomStream(1, "order", 2, 3).next_u32());
  values.insert(RandomStream(1, "augment", 3, 3).next_u32());
  values.insert(RandomStream(1, "augment", 2, 4).next_u32());
  values.insert(RandomStream(1, "augment", 3, 2).next_u32());
  EXPECT_EQ(values.size(), 6U);
}

TEST(RandomStream, UniformFillsItsRangeEvenly) {
  RandomStream random(7, "test");
  double sum = 0, squares = 0;
  const int draws = 20000;
  for (int draw = 0; draw < draws; ++draw) {
    const double value = random.uniform();
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / draws, 0.5, 0.01);
  EXPECT_NEAR(squares / draws, 1.0 / 3, 0.01);
  EXPECT_EQ(random.uniform(4, 4), 4);
}

TEST(RandomStream, BelowReachesEveryNumberAboutEquallyOften) {
  RandomStream random(8, "test");
  std::array<int, 6> counts{};
  for (int draw = 0; draw < 6000; ++draw) ++counts[random.below(6)];
  for (const int count : counts) EXPECT_NEAR(count, 1000, 150);
  EXPECT_EQ(random.below(1), 0U);
}

TEST(RandomStream, ShuffleKeepsTheItems) {
  RandomStream random(9, "test");
  std::vector<int> items{1, 2, 3, 4, 5, 6, 7, 8};
  auto shuffled = items;
  random.shuffle(shuffled);
  EXPECT_NE(shuffled, items);
  std::sort(shuffled.begin(), shuffled.end());
  EXPECT_EQ(shuffled, items);
}

TEST(RandomStream, NormalHasMeanZeroAndSpreadOne) {
  RandomStream random(10, "test");
  double sum = 0, squares = 0;
  const int draws = 20000;
  for (int draw = 0; draw < draws; ++draw) {
    const double value = random.normal();
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / draws, 0, 0.03);
  EXPECT_NEAR(squares / draws, 1, 0.03);
}

TEST(StableHash, PublishedVectors) {
  // FNV-1a, 64 bits.
  EXPECT_EQ(stable_hash(""), 0xcbf29ce484222325U);
  EXPECT_EQ(stable_hash("a"), 0xaf63dc4c8601ec8cU);
}

}  // namespace
}  // namespace lanet
