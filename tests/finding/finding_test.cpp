#include "finding/finding.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "finding/finding_json.hpp"
#include "finding/no_lesion.hpp"
#include "finding/overlay.hpp"
#include "image/region.hpp"
#include "support/damage.hpp"

namespace lanet {
namespace {

Finding example() {
  Finding finding;
  finding.image_id = "bus \"1\"";
  finding.classes = {{"benign", 0.25}, {"malignant", 0.75}};
  finding.decision = "malignant";
  finding.mask = fill_boxes({{2, 1, 6, 4}}, 8, 9);
  finding.spacing = PixelSpacing{0.5, 0.25};
  finding.lesions = measure_lesions(finding.mask, finding.spacing);
  finding.doubts = {"a lesion touches the image border"};
  finding.model_id = "m";
  return finding;
}

TEST(Runs, ColumnMajorFromOutsideByHand) {
  // COCO: columns one after the other. 2 x 3 with the middle column and the lower left pixel inside: 0 1 | 1 1 | 0 0
  Mask mask = make_mask(2, 3);
  mask.at(1, 0) = mask.at(0, 1) = mask.at(1, 1) = 1;
  EXPECT_EQ(encode_runs(mask), (std::vector<std::int64_t>{1, 3, 2}));
  mask.at(0, 0) = 1;
  EXPECT_EQ(encode_runs(mask), (std::vector<std::int64_t>{0, 4, 2}));
  EXPECT_EQ(decode_runs({0, 4, 2}, 2, 3, "x").pixels, mask.pixels);
}

TEST(Runs, WrongOnesAreRefused) {
  for (const std::vector<std::int64_t>& runs :
       {std::vector<std::int64_t>{5}, {3, 4}, {-1, 7}, {6, -1, 1}, {std::int64_t{1} << 62, std::int64_t{1} << 62}})
    EXPECT_THROW(decode_runs(runs, 2, 3, "x"), DataError);
}

TEST(MeasureLesions, SizesInPixelsAndMillimetres) {
  const Finding finding = example();
  ASSERT_EQ(finding.lesions.size(), 1U);
  const Lesion& lesion = finding.lesions[0];
  EXPECT_EQ(lesion.box, (Box{2, 1, 6, 4}));
  EXPECT_EQ(lesion.area_px, 12);
  EXPECT_NEAR(*lesion.area_mm2, 12 * 0.5 * 0.25, 1e-9);
  EXPECT_NEAR(lesion.longest_px, 5, 0.05);  // 4 x 3
  EXPECT_EQ(*finding.box(), (Box{2, 1, 6, 4}));
  EXPECT_EQ(finding.probability_of("malignant"), 0.75);
  EXPECT_EQ(finding.probability_of("normal"), 0);
}

TEST(FindingJson, PartsOfAScreenComeBackAndMustBeThere) {
  Finding finding = example();
  finding.parts = {{{0, 0, 4, 8}, {{"benign", 0.9}, {"malignant", 0.1}}, "benign", PixelSpacing{0.5, 0.25}},
                   {{4, 0, 9, 8}, finding.classes, "malignant", std::nullopt}};
  finding.decision_part = 2;
  finding.lesions[0].part = 1;
  const std::string text = to_json(finding);
  const Finding read = finding_from_json(text, "x");
  EXPECT_EQ(to_json(read), text);
  ASSERT_EQ(read.parts.size(), 2U);
  EXPECT_EQ(read.parts[1].region, (Box{4, 0, 9, 8}));
  EXPECT_EQ(read.parts[0].spacing, (PixelSpacing{0.5, 0.25}));
  finding.lesions[0].part = 3;
  EXPECT_THROW(finding_from_json(to_json(finding), "x"), DataError);
  EXPECT_EQ(to_json(example()).find("part"), std::string::npos);  // as earlier versions wrote it
}

/// Decided as normal, with nothing marked.
Finding normal_example() {
  Finding finding;
  finding.classes = {{"benign", 0.1}, {"malignant", 0.1}, {"Normal", 0.8}};
  finding.decision = "Normal";
  finding.mask = make_mask(120, 300);
  return finding;
}

TEST(NoLesion, IsMoreThanNothingMarked) {
  EXPECT_TRUE(says_no_lesion(normal_example()));
  Finding other = normal_example();
  other.decision = "benign";
  EXPECT_FALSE(says_no_lesion(other)) << "a lesion that was not found";
  other.decision = "";
  EXPECT_FALSE(says_no_lesion(other));
  other = example();
  other.decision = "normal";
  EXPECT_FALSE(says_no_lesion(other)) << "one is marked";
}

TEST(FindingJson, SaysInWordsThatThereIsNoLesion) {
  Finding finding = normal_example();
  const std::string text = to_json(finding);
  EXPECT_NE(text.find("\"result\": \"no lesion found\""), std::string::npos) << text;
  EXPECT_EQ(to_json(finding_from_json(text, "x")), text);
  EXPECT_EQ(area(finding_from_json(text, "x").mask), 0);
  EXPECT_EQ(finding_from_json(text, "x").mask.width, 300);
  EXPECT_EQ(to_json(example()).find("result"), std::string::npos);
  finding = example();
  finding.parts = {{{0, 0, 4, 8}, {}, "normal", std::nullopt}, {{4, 0, 9, 8}, finding.classes, "malignant", {}}};
  finding.decision_part = finding.lesions[0].part = 2;
  const std::string parts = to_json(finding);
  const std::size_t words = parts.find("no lesion found");
  ASSERT_NE(words, std::string::npos);
  EXPECT_LT(words, parts.rfind("\"part\": 2")) << "of the first part";
  EXPECT_EQ(parts.find("no lesion found", words + 1), std::string::npos);
}

TEST(FindingJson, NamesOfAnyBytesAreWritten) {
  Finding finding = example();
  finding.image_id = "na\xEFve";  // Latin-1
  EXPECT_NO_THROW(finding_from_json(to_json(finding), "x"));
}

TEST(FindingJson, RoundTrip) {
  const Finding finding = example();
  for (const std::string& text : {to_json(finding), to_json_line(finding)}) {
    const Finding read = finding_from_json(text, "x");
    EXPECT_EQ(to_json(read), to_json(finding));
    EXPECT_EQ(read.mask.pixels, finding.mask.pixels);
    EXPECT_EQ(read.lesions[0].box, finding.lesions[0].box);
  }
  EXPECT_EQ(to_json_line(finding).find('\n'), std::string::npos);
}

TEST(FindingJson, BrokenTextsAreRefused) {
  const std::string text = to_json_line(example());
  for (std::size_t length = 0; length < text.size(); length += 17)
    EXPECT_THROW(finding_from_json(text.substr(0, length), "x"), DataError) << length;
  EXPECT_THROW(finding_from_json("[]", "x"), DataError);
  EXPECT_THROW(finding_from_json("null", "x"), DataError);
  EXPECT_THROW(finding_from_json(std::string(100000, '['), "x"), DataError);
  std::string newer = text;
  const std::size_t version = newer.find("\"version\":1");
  ASSERT_NE(version, std::string::npos);
  newer.replace(version, 11, "\"version\":9");
  EXPECT_THROW(finding_from_json(newer, "x"), DataError);
}

TEST(FindingJson, DamagedCopiesAreReadOrRefused) {
  for (const std::string& damaged : damaged_copies(to_json(example()), 2000)) {
    try {
      const Finding finding = finding_from_json(damaged, "x");
      EXPECT_EQ(finding.mask.pixels.size(), static_cast<std::size_t>(finding.mask.height * finding.mask.width));
    } catch (const DataError&) {
    }
  }
}

TEST(DrawFinding, ChangesPixelsOnlyWhereThereIsSomething) {
  Image image = make_image(120, 160, 1);
  Finding finding;
  EXPECT_EQ(draw_finding(image, finding).pixels, std::vector<std::uint8_t>(image.pixels.size() * 3, 0));
  finding.mask = fill_boxes({{60, 60, 100, 90}}, 120, 160);
  const Image drawn = draw_finding(image, finding);
  EXPECT_NE(drawn.at(60, 80, 0), 0);
  EXPECT_EQ(drawn.at(75, 80, 0), 0);
}

TEST(DrawFinding, WritesThatNoLesionWasFound) {
  // "Normal 80 %" is drawn by both; the words after it only where the class means normal.
  const auto last_column = [](const Finding& finding) {
    const Image drawn = draw_finding(make_image(120, 300, 1), finding);
    std::int64_t last = 0;
    for (std::int64_t row = 0; row < drawn.height; ++row)
      for (std::int64_t column = 0; column < drawn.width; ++column)
        if (drawn.at(row, column, 0) > 0) last = std::max(last, column);
    return last;
  };
  Finding other = normal_example();
  other.decision = other.classes[2].name = "Norman";
  EXPECT_GT(last_column(normal_example()), last_column(other) + 60);
}

}  // namespace
}  // namespace lanet
