#include "dicom/dicomdir.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "dicom/dicom_file.hpp"
#include "support/damage.hpp"
#include "support/dicom_bytes.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

struct Record {
  std::string type, file_id;
  std::uint16_t in_use = 0xFFFF;
};

std::string dicomdir_of(const std::vector<Record>& records) {
  DicomBytes items;
  for (const Record& record : records) {
    DicomBytes item;
    item.integer(0x00041410, record.in_use).element(0x00041430, "CS", record.type);
    if (!record.file_id.empty()) item.element(0x00041500, "CS", record.file_id);
    items.item(0xFFFEE000, item.bytes);
  }
  DicomBytes data;
  data.element(0x00041130, "CS", "TEST").large(0x00041220, "SQ", items.bytes);
  DicomBytes meta;
  meta.element(0x00020002, "UI", "1.2.840.10008.1.3.10").element(0x00020010, "UI", "1.2.840.10008.1.2.1");
  DicomBytes length;
  length.element(0x00020000, "UL", std::string(1, static_cast<char>(meta.bytes.size())) + std::string(3, '\0'));
  return std::string(128, '\0') + "DICM" + length.bytes + meta.bytes + data.bytes;
}

std::vector<std::string> paths_of(const DicomdirImages& images) {
  std::vector<std::string> paths;
  for (const auto& file : images.files) paths.push_back(file.generic_string());
  return paths;
}

TEST(Dicomdir, ImagesInTheOrderOfTheRecords) {
  const DicomdirImages images = parse_dicomdir(dicomdir_of({{"PATIENT", ""},
                                                            {"IMAGE", "B\\IM2"},
                                                            {"SR DOCUMENT", "B\\SR1"},
                                                            {"IMAGE", "A\\im.1 "},
                                                            {"IMAGE", "GONE", 0}}),
                                               "x");
  EXPECT_EQ(paths_of(images), (std::vector<std::string>{"B/IM2", "A/im.1"}));
  EXPECT_TRUE(images.problems.empty());
}

TEST(Dicomdir, RefusesPathsThatLeaveItsFolder) {
  const DicomdirImages images = parse_dicomdir(dicomdir_of({{"IMAGE", "..\\UP"},
                                                            {"IMAGE", "\\ROOT"},
                                                            {"IMAGE", "A/../../B"},
                                                            {"IMAGE", "A\\.\\B"},
                                                            {"IMAGE", ""},
                                                            {"IMAGE", "C:"},
                                                            {"IMAGE", "A\\GOOD"}}),
                                               "x");
  EXPECT_EQ(paths_of(images), std::vector<std::string>{"A/GOOD"});
  ASSERT_EQ(images.problems.size(), 6U);
  EXPECT_TRUE(has(images.problems[0], "x: lanet found the File ID '../UP' but needs a file below its folder"))
      << images.problems[0];
}

TEST(Dicomdir, FindsFilesInLowerCaseAndNoLinksOut) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "outside", "x");
  write_file_atomically(folder / "m/a/im1", "x");
  std::filesystem::create_symlink(folder / "outside", folder / "m/LINK");
  std::filesystem::create_symlink(folder.path(), folder / "m/UP");
  write_file_atomically(
      folder / "m/DICOMDIR",
      dicomdir_of(
          {{"IMAGE", "A\\IM1"}, {"IMAGE", "LINK"}, {"IMAGE", "UP\\outside"}, {"IMAGE", "A"}, {"IMAGE", "NONE"}}));
  EXPECT_TRUE(is_dicomdir(folder / "m/DICOMDIR"));
  EXPECT_FALSE(is_dicomdir(folder / "m/a/im1"));
  const DicomdirImages images = read_dicomdir(folder / "m/DICOMDIR");
  EXPECT_EQ(images.files, std::vector<std::filesystem::path>{folder / "m/a/im1"});
  ASSERT_EQ(images.problems.size(), 4U);
  EXPECT_TRUE(has(images.problems[0], "leads out of its folder"));
  EXPECT_TRUE(has(images.problems[1], "leads out of its folder"));
  EXPECT_TRUE(has(images.problems[3], "the missing file NONE"));
}

TEST(Dicomdir, RefusesWhatIsNone) {
  EXPECT_TRUE(has(refusal<DataError>([] { parse_dicomdir(ultrasound_file({}), "x"); }), "no directory records"));
  EXPECT_THROW(parse_dicomdir("", "x"), DataError);
  EXPECT_THROW(read_dicomdir("/none/DICOMDIR"), SystemError);
}

TEST(Dicomdir, SurvivesDamage) {
  for (const std::string& bytes : damaged_copies(dicomdir_of({{"PATIENT", ""}, {"IMAGE", "A\\IM1"}}), 2000)) {
    try {
      for (const std::string& path : paths_of(parse_dicomdir(bytes, "x"))) EXPECT_FALSE(path.starts_with(".")) << path;
    } catch (const DataError&) {
    }
  }
}

// Found by fuzzing: DCMTK throws std::out_of_range of its own while it checks this record type.
TEST(Dicomdir, ARecordTypeThatDcmtkCannotCheckIsRefused) {
  const std::string bytes = read_file(std::string(LANET_SOURCE_DIR) + "/tests/dicom/data/dicomdir_record_type.bin");
  EXPECT_THROW(parse_dicomdir(bytes, "DICOMDIR"), DataError);
  EXPECT_THROW(DicomFile::parse(bytes, "DICOMDIR"), DataError);
}

}  // namespace
}  // namespace lanet
