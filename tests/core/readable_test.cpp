#include "core/readable.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/json_text.hpp"

namespace lanet {
namespace {

TEST(Readable, Utf8StaysAndOtherBytesAreShown) {
  EXPECT_EQ(readable("M\xC3\xBCller 恶性.png"), "Müller 恶性.png");
  EXPECT_EQ(readable("M\xFCller.png"), "M\\xFCller.png");           // Latin-1
  EXPECT_EQ(readable("a\nb\x7F"), "a\\x0Ab\\x7F");                  // would end a line
  EXPECT_EQ(readable("\xC0\xAF"), "\\xC0\\xAF");                    // overlong
  EXPECT_EQ(readable("\xED\xA0\x80"), "\\xED\\xA0\\x80");           // a surrogate
  EXPECT_EQ(readable("\xF5\x80\x80\x80"), "\\xF5\\x80\\x80\\x80");  // past U+10FFFF
  EXPECT_EQ(readable("\xE6\x82"), "\\xE6\\x82");                    // cut
  EXPECT_EQ(readable(""), "");
}

TEST(Readable, TwoNamesStayTwo) {
  EXPECT_NE(readable("M\xFC"), readable("M\\xFC"));
  EXPECT_EQ(readable("a\\b"), "a\\b");
}

TEST(SpreadsheetCell, WhatWouldBeComputedIsText) {
  for (const char* cell : {"=1+1", "+cmd", "-a.png", "@sum", "\ta", "\ra"})
    EXPECT_EQ(spreadsheet_cell(cell), std::string("'") + cell);
  for (const char* cell : {"", "a", "-1.5", "-12", "a=b", "'=1"}) EXPECT_EQ(spreadsheet_cell(cell), cell);
}

TEST(JsonText, OneBadNameEndsNothing) {
  nlohmann::ordered_json json = {{"image", "M\xFC"}, {"list", {1, "\xFF", true}}};
  EXPECT_EQ(json_text(json), R"({"image":"M\\xFC","list":[1,"\\xFF",true]})");
  json["\xFE"] = nullptr;
  EXPECT_EQ(nlohmann::json::parse(json_text(json, 2)).size(), 3U);
  EXPECT_EQ(json_text(nlohmann::json{{"a", "M\xC3\xBC"}}), "{\"a\":\"M\xC3\xBC\"}");
}

}  // namespace
}  // namespace lanet
