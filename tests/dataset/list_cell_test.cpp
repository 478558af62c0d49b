#include "dataset/list_cell.hpp"

#include <gtest/gtest.h>

namespace lanet {
namespace {

using Names = std::vector<std::string>;

TEST(ListCell, NamesWithSemicolonsComeBack) {
  for (const Names& names :
       {Names{}, Names{"a"}, Names{"a", "b"}, Names{"bus;1, left.png", "c"}, Names{"a;", ";b", "c;;d"}})
    EXPECT_EQ(split_list_cell(join_list_cell(names)), names);
}

TEST(ListCell, WhatPeopleWrite) {
  EXPECT_EQ(split_list_cell(" a.png ; b.png;;"), (Names{"a.png", "b.png"}));
  EXPECT_EQ(split_list_cell("masks\\a.png;masks\\b.png"), (Names{"masks\\a.png", "masks\\b.png"}));
  EXPECT_EQ(split_list_cell("a\\;b.png"), (Names{"a;b.png"}));
}

}  // namespace
}  // namespace lanet
