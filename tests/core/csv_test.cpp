#include "core/csv.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/text.hpp"
#include "support/damage.hpp"
#include "support/refused.hpp"

namespace lanet {
namespace {

std::string message_of(const std::string& text) {
  return refusal<DataError>([&] { parse_csv(text, "t.csv"); });
}

TEST(Csv, ReadsQuotesBreaksBomAndCrlf) {
  const CsvTable table = parse_csv(
      "\xEF\xBB\xBF"
      "a,b\r\n\"x, y\",\"say \"\"hi\"\"\"\r\n\"two\nlines\",\r\n",
      "t.csv");
  EXPECT_EQ(table.columns, (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_EQ(table.rows[0], (std::vector<std::string>{"x, y", "say \"hi\""}));
  EXPECT_EQ(table.rows[1], (std::vector<std::string>{"two\nlines", ""}));
  EXPECT_EQ(table.row_place(1), "t.csv:3");
}

TEST(Csv, RoundTrip) {
  const std::vector<std::vector<std::string>> rows{{"a,b", "\"", ""}, {"line\nbreak", " spaces ", "x"}};
  EXPECT_EQ(parse_csv(to_csv({"one", "two", "three"}, rows), "t").rows, rows);
}

TEST(Csv, BrokenTablesAreRefusedWithTheirLine) {
  EXPECT_TRUE(has(message_of("a,b\n1,2\n1\n"), "t.csv:3"));
  EXPECT_TRUE(has(message_of("a,b\n1,2,3\n"), "t.csv:2"));
  EXPECT_NE(message_of("a,b\n\"open\n"), "");
  EXPECT_NE(message_of("a,a\n1,2\n"), "");
  EXPECT_NE(message_of(""), "");
}

TEST(Csv, AMissingColumnNamesTheNearest) {
  const CsvTable table = parse_csv("image,clas\nx,y\n", "t.csv");
  EXPECT_EQ(table.find_column("image"), 0);
  EXPECT_EQ(table.find_column("class"), -1);
  EXPECT_TRUE(has(refusal<DataError>([&] { table.require_column("class"); }), "clas"));
}

TEST(Csv, DelimitersOfSpreadsheetsAreRecognised) {
  for (const char* text : {"Image;Class\na,b.png;benign\n", "Image\tClass\r\na,b.png\tbenign\r\n",
                           "sep=;\r\nImage;Class\r\na,b.png;benign\r\n", "Image;Class;;\na,b.png;benign;;\n"}) {
    const CsvTable table = parse_csv(text, "t.csv");
    EXPECT_EQ(table.columns, (std::vector<std::string>{"Image", "Class"})) << text;
    ASSERT_EQ(table.rows.size(), 1U) << text;
    EXPECT_EQ(table.rows[0][0], "a,b.png") << text;
    EXPECT_EQ(table.find_column("image"), 0);
  }
  const CsvTable german = parse_csv("spacing_x_mm;n\n0,07;1\n", "t");
  EXPECT_EQ(parse_number(german.with_decimal_points(german.rows[0][0]), "p", "c"), 0.07);
  EXPECT_EQ(parse_csv("masks,n\na;b,1\n", "t").with_decimal_points("1,5"), "1,5");  // commas separate cells here
  EXPECT_EQ(parse_csv("masks,n\na;b,1\n", "t").rows[0][0], "a;b");
  EXPECT_EQ(parse_csv("one\na;b\n", "t").rows[0][0], "a;b");
  EXPECT_EQ(parse_csv("sep=;\na\n", "t").columns.size(), 1U);
}

TEST(Csv, ABadRowMayCostThatRow) {
  std::vector<std::string> bad;
  const CsvTable table = parse_csv("a,b\n1,2\n3\n4,5\n", "t.csv", &bad);
  EXPECT_EQ(table.rows.size(), 2U);
  ASSERT_EQ(bad.size(), 1U);
  EXPECT_TRUE(has(bad[0], "t.csv:3: "));
}

TEST(ParseNumber, WholeCellOrNothing) {
  EXPECT_EQ(parse_number("1.5e3", "p", "c"), 1500);
  EXPECT_EQ(parse_integer("-7", "p", "c"), -7);
  for (const char* text : {"", "1x", "nan", "inf", "1,5", "0x10", " "})
    EXPECT_THROW(parse_number(text, "p", "c"), DataError) << text;
  for (const char* text : {"", "1.5", "99999999999999999999"}) EXPECT_THROW(parse_integer(text, "p", "c"), DataError);
}

TEST(Text, SmallThings) {
  EXPECT_EQ(split_text("a,,b", ','), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(join_text({"a", "b"}, "; "), "a; b");
  EXPECT_EQ(trim("  x \n"), "x");
  EXPECT_EQ(fixed(0.12345, 3), "0.123");
  EXPECT_EQ(fixed(std::nan(""), 3), "-");
  EXPECT_EQ(parse_number(exact(0.1 + 0.2), "p", "c"), 0.1 + 0.2);
  EXPECT_EQ(escape_html("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
  EXPECT_EQ(human_bytes(1536), "1.5 KiB");
  EXPECT_EQ(count_of(1, "file", "files") + ", " + count_of(0, "file", "files"), "1 file, 0 files");
  EXPECT_EQ(first_names({"a", "b", "c", "d"}), "a, b, c and 1 more");
  EXPECT_EQ(first_names({"a", "b"}, 1), "a and 1 more");
  EXPECT_EQ(first_names({}), "");
  EXPECT_EQ(human_seconds(75.2), "1 min 15 s");
}

TEST(Csv, WhatIsWrittenIsReadAgain) {
  const std::vector<std::vector<std::string>> rows{{""}, {" "}, {"\xEF\xBB\xBFx"}, {"a\nb"}, {"\""}};
  const std::string text = to_csv({"\xEF\xBB\xBFname"}, rows);
  const CsvTable table = parse_csv(text, "x");
  EXPECT_EQ(table.columns, (std::vector<std::string>{"\xEF\xBB\xBFname"}));
  EXPECT_EQ(table.rows, rows);
  EXPECT_EQ(parse_csv("a\n\n  \n1\n", "x").rows.size(), 1U);  // blank lines are none
}

TEST(Csv, DamagedCopiesAreReadOrRefused) {
  const std::string text = "id,\"a \"\"b\"\"\",c\r\n1,\"x\ny\",\r\n2,3,4\r\n";
  for (const std::string& damaged : damaged_copies(text, 2000)) {
    try {
      const CsvTable table = parse_csv(damaged, "x");
      for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.columns.size());
    } catch (const DataError&) {
    }
  }
}

}  // namespace
}  // namespace lanet
