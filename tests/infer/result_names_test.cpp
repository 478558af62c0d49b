#include <gtest/gtest.h>

#include "core/csv.hpp"
#include "infer/contact_sheet.hpp"
#include "infer/findings_table.hpp"
#include "infer/result_name.hpp"
#include "support/refused.hpp"

namespace lanet {
namespace {

TEST(ResultName, EqualStemsGetNumbers) {
  std::set<std::string> taken;
  EXPECT_EQ(result_name("a.png", taken), "a");
  EXPECT_EQ(result_name("a.jpg", taken), "a_2");
  EXPECT_EQ(result_name("a_2.png", taken), "a_2_2");
  EXPECT_EQ(result_name("deep/a.png", taken), "deep/a");
  EXPECT_EQ(result_name("1.2.840", taken), "1.2.840");
}

TEST(ResultName, LongPartsAreShortenedAndStayApart) {
  std::set<std::string> taken;
  const std::string one = std::string(251, 'a'), other = std::string(250, 'a') + "b";
  const std::string first = result_name(one + ".png", taken), second = result_name(other + ".png", taken);
  EXPECT_EQ(first.size(), 180U);
  EXPECT_NE(first, second);
  EXPECT_EQ(first.substr(0, 168), std::string(167, 'a') + "~");
  std::string umlauts;
  for (int letter = 0; letter < 125; ++letter) umlauts += "\xC3\xBC";
  const std::string cut = result_name(umlauts, taken);
  EXPECT_EQ(cut[cut.find('~') - 1], '\xBC') << "no letter is cut in two";
}

TEST(ResultNames, FramesNeverShareANameWithAPicture) {
  ResultNames names;
  names.keep("cine");
  names.keep("cine_f0003");
  EXPECT_EQ(names.with_frames("cine", 2), "cine");  // its third frame does not exist
  ResultNames longer;
  longer.keep("cine");
  longer.keep("cine_f0003");
  EXPECT_EQ(longer.with_frames("cine", 3), "cine_2");
  EXPECT_EQ(longer.name_for("cine_2_f0001.png"), "cine_2_f0001_2");
  EXPECT_EQ(longer.name_for("cine_2_f0004.png"), "cine_2_f0004");
  EXPECT_EQ(longer.name_for("cine_2_summary.png"), "cine_2_summary_2");
  longer.keep("other");
  longer.keep("other_summary");
  EXPECT_EQ(longer.with_frames("other", 2), "other_2");
}

TEST(FindingsTable, CellsByHand) {
  Finding finding;
  finding.image_id = "=1+1";
  finding.decision = "malignant";
  finding.classes = {{"benign", 0.25}, {"malignant", 0.75}};
  finding.doubts = {"small", "dark"};
  const std::vector<std::string> classes{"benign", "malignant", "normal"};
  const auto table = [&] {
    return parse_csv(findings_csv_header(classes) + findings_csv_line(findings_row("in/M\xFC.png", finding), classes),
                     "x");
  };
  const auto cell = [](const CsvTable& csv, const char* column) {
    return csv.rows[0][static_cast<std::size_t>(csv.require_column(column))];
  };
  CsvTable csv = table();
  EXPECT_EQ(cell(csv, "file"), "in/M\\xFC.png");
  EXPECT_EQ(cell(csv, "name"), "'=1+1");
  EXPECT_EQ(cell(csv, "probability_malignant"), "0.750000");
  EXPECT_EQ(cell(csv, "probability_normal"), "");
  EXPECT_EQ(cell(csv, "lesions"), "0");
  EXPECT_EQ(cell(csv, "longest_mm"), "");
  EXPECT_EQ(cell(csv, "doubts"), "small; dark");
  Lesion lesion;
  lesion.box = {-1, 2, 3, 4};
  lesion.area_px = 6;
  lesion.longest_px = 3.25;
  lesion.longest_mm = 1.005;
  finding.lesions = {lesion, lesion};
  csv = table();
  EXPECT_EQ(cell(csv, "lesions"), "2");
  EXPECT_EQ(cell(csv, "x1"), "-1");  // a number stays one
  EXPECT_EQ(cell(csv, "area_px"), "6");
  EXPECT_EQ(cell(csv, "across_mm"), "");
}

TEST(ContactSheet, AddressesOfAnyName) {
  EXPECT_EQ(relative_url("a b/c%#?.png"), "a%20b/c%25%23%3F.png");
  EXPECT_EQ(relative_url("M\xFC"), "M%FC");
}

}  // namespace
}  // namespace lanet
