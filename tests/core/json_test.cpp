#include "core/json.hpp"

#include <gtest/gtest.h>

#include "support/refused.hpp"

namespace lanet {
namespace {

std::string refused(const std::string& text) {
  return refusal<DataError>([&] { parse_json(text, "x.json"); });
}

TEST(Json, NestingIsCountedOutsideOfQuotes) {
  EXPECT_EQ(parse_json("[[1]]", "x", 2).dump(), "[[1]]");
  EXPECT_THROW(parse_json("[[1]]", "x", 1), DataError);
  EXPECT_NO_THROW(parse_json(R"(["[[[[\"[["])", "x", 1));
  EXPECT_THROW(parse_json(std::string(1000000, '['), "x"), DataError);
}

TEST(Json, ANameTwiceInOneObjectIsRefused) {
  EXPECT_TRUE(has(refused(R"({"a": 1, "b": {"a": 2}, "a": 3})"), "'a' twice"));
  EXPECT_EQ(parse_json(R"({"a": 1, "b": {"a": 2}})", "x").at("b").at("a"), 2);
}

// Found by the fuzzer: a double beyond 2^63 asked for as an integer is undefined behaviour.
TEST(Json, NumbersThatNoIntegerHoldsAreRefused) {
  EXPECT_TRUE(has(refused("[3e27]"), "below 2^63"));
  EXPECT_TRUE(has(refused("[-9223372036854775809]"), "below 2^63"));
  EXPECT_TRUE(has(refused("[18446744073709551615]"), "below 2^63"));
  EXPECT_EQ(parse_json("[4611686018427387904]", "x").at(0).get<std::int64_t>(), 4611686018427387904);
}

TEST(Json, WhatIsNoJsonIsRefused) {
  for (const std::string text : {"", "{", "[1,]", "nan", "[703e745]", "{\"a\" 1}"})
    EXPECT_TRUE(has(refused(text), "no JSON"));
}

}  // namespace
}  // namespace lanet
