#include "core/grouped_problems.hpp"

#include <gtest/gtest.h>

namespace lanet {
namespace {

using Lines = std::vector<std::string>;

TEST(GroupedProblems, ALineACause) {
  EXPECT_EQ(grouped_problems({"a: cut after 3 bytes", "b.png: no image", "c: cut after 17 bytes",
                              "d: cut after 4 bytes", "e: cut after 5 bytes"}),
            (Lines{"cut after 3 to 17 bytes (4 files: a, c, d and 1 more)", "b.png: no image"}));
  EXPECT_EQ(grouped_problems({"a: x", "b: x", "c: x"}), (Lines{"x (3 files: a, b, c)"}));
}

TEST(GroupedProblems, NumbersOfNamesTellCausesApart) {
  EXPECT_EQ(
      grouped_problems({"r.json: 01-l.png lacks a class", "r.json: 02-l.png lacks a class",
                        "r.json: 03-l.png lacks a class", "r.json: row 4 lacks 2.5 mm", "r.json: row 6 lacks 1.5 mm",
                        "r.json: row 5 lacks 2.5 mm", "r.json: row 9 lacks 2.5 mm"}),
      (Lines{"r.json: 01-l.png lacks a class", "r.json: 02-l.png lacks a class", "r.json: 03-l.png lacks a class",
             "row 4 to 9 lacks 1.5 to 2.5 mm (4 times in r.json)"}));
}

TEST(GroupedProblems, FewDifferentNumbersStayApart) {
  EXPECT_EQ(grouped_problems({"a: values 0 and 1", "b: values 0 and 2", "c: values 0 and 1", "d: values 0 and 1"}),
            (Lines{"values 0 and 1 (3 files: a, c, d)", "b: values 0 and 2"}));
}

TEST(GroupedProblems, FewLinesStayAsTheyAre) {
  EXPECT_EQ(grouped_problems({"a: x", "b: x"}), (Lines{"a: x", "b: x"}));
  EXPECT_EQ(grouped_problems({}), Lines());
  EXPECT_EQ(grouped_problems({"alone", "alone", "alone"}), (Lines{"alone", "alone", "alone"}));  // names no place
}

}  // namespace
}  // namespace lanet
