#include "core/output_folder.hpp"

#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/file.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

void user_writes(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

TEST(OutputFolder, WritesWhereNothingIsAndReplacesItsOwn) {
  const TemporaryFolder folder;
  OutputFolder output(folder / "out");
  output.write("a.json", "1");
  output.write("a.json", "2");
  output.write("below/b.csv", "3");
  EXPECT_EQ(read_file(folder / "out/a.json"), "2");
  EXPECT_EQ(read_file(folder / "out/below/b.csv"), "3");
}

TEST(OutputFolder, ALaterRunReplacesWhatAnEarlierOneWrote) {
  const TemporaryFolder folder;
  OutputFolder(folder.path()).write("findings.csv", "1");
  OutputFolder(folder.path()).write("findings.csv", "2");
  OutputFolder(folder.path()).write("findings.csv", "3");
  EXPECT_EQ(read_file(folder / "findings.csv"), "3");
}

TEST(OutputFolder, AUsersFileStays) {
  const TemporaryFolder folder;
  user_writes(folder / "a_mask.png", "truth");
  OutputFolder output(folder.path());
  EXPECT_FALSE(output.may_write("a_mask.png"));
  EXPECT_THROW(output.write("a_mask.png", "prediction"), InTheWay);
  EXPECT_THROW(output.write_with("a_mask.png", [](const fs::path& file) { std::ofstream(file) << "x"; }), InTheWay);
  EXPECT_THROW(output.remove("a_mask.png"), InTheWay);
  EXPECT_EQ(read_file(folder / "a_mask.png"), "truth");
  EXPECT_TRUE(has(refusal<InTheWay>([&] { output.write("a_mask.png", ""); }), "--overwrite"));
}

TEST(OutputFolder, AResultThatTheUserChangedIsTheUsers) {
  const TemporaryFolder folder;
  OutputFolder(folder.path()).write("a_mask.png", "prediction");
  user_writes(folder / "a_mask.png", "corrected by hand");
  EXPECT_THROW(OutputFolder(folder.path()).write("a_mask.png", "prediction"), InTheWay);
  // A mark in the content does not outweigh the record: the user may have edited a result that carries one.
  OutputFolder(folder.path()).write("a.json", R"({"format": "lanet-finding", "decision": "benign"})");
  user_writes(folder / "a.json", R"({"format": "lanet-finding", "decision": "malignant"})");
  EXPECT_THROW(OutputFolder(folder.path()).write("a.json", "{}"), InTheWay);
}

TEST(OutputFolder, OverwriteIsTheUsersWord) {
  const TemporaryFolder folder;
  user_writes(folder / "a.csv", "mine");
  OutputFolder(folder.path(), true).write("a.csv", "lanet's");
  EXPECT_EQ(read_file(folder / "a.csv"), "lanet's");
  OutputFolder(folder.path()).write("a.csv", "again");  // it is lanet's now
}

TEST(OutputFolder, AResultThatWasCopiedHereIsTheUsers) {
  const TemporaryFolder folder;
  OutputFolder(folder / "out").write("a.json", R"({"format": "lanet-finding", "version": 1})");
  fs::create_directories(folder / "in");
  fs::copy_file(folder / "out/a.json", folder / "in/a.json");
  EXPECT_FALSE(OutputFolder(folder / "in").may_write("a.json")) << "no run wrote here";
  OutputFolder(folder / "in").write("b.json", "{}");
  EXPECT_FALSE(OutputFolder(folder / "in").may_write("a.json")) << "a run did, and did not write this file";
}

TEST(OutputFolder, AResultTakesThePlaceOfItsLikeOnly) {
  const TemporaryFolder folder;
  OutputFolder(folder.path()).write("split.csv", "id,subset\na,train\n");
  OutputFolder output(folder.path());
  EXPECT_THROW(output.write("split.csv", "id,image\na,a.png\n"), InTheWay);
  EXPECT_THROW(output.write("split.csv", std::string("\x08\x07\x12\0", 4)), InTheWay);
  EXPECT_THROW(output.write_with("split.csv", [](const fs::path& file) { std::ofstream(file) << "{}"; }), InTheWay);
  const std::string text = refusal<InTheWay>([&] { output.require_writable({"split.csv"}, kPictureKind); });
  EXPECT_TRUE(has(text, "a list of id, subset that lanet wrote")) << text;
  EXPECT_TRUE(has(text, "--overwrite")) << text;
  EXPECT_EQ(read_file(folder / "split.csv"), "id,subset\na,train\n");
  output.write("split.csv", "id,subset\na,val\n");
  OutputFolder(folder.path(), true).write("split.csv", "{}");
}

TEST(KindOfResult, OfEachKind) {
  EXPECT_EQ(kind_of_result(""), "");
  EXPECT_EQ(kind_of_result("id,subset,more\r\n"), "a list of id, subset");
  EXPECT_EQ(kind_of_result(R"({"format": "lanet-finding"})"), "a JSON file of lanet-finding");
  EXPECT_EQ(kind_of_result("{}"), "a JSON file");
  EXPECT_EQ(kind_of_result("# lanet, see docs\na = 1\n"), "a text");
  EXPECT_EQ(kind_of_result("<!doctype html>"), "a page");
  EXPECT_EQ(kind_of_result("<?xml version=\"1.0\"?><svg>"), "an SVG drawing");
  EXPECT_EQ(kind_of_result(std::string("\x05\0\0\0\0\0\0\0{}", 10)), kModelKind);
  EXPECT_EQ(kind_of_result(std::string("\x08\x07\x12\x05lanet", 9)), kBinaryKind);
  EXPECT_EQ(kind_of_result(std::string(128, '\0') + "DICM"), "a DICOM object");
  // A PNG of a header chunk and a text chunk; checksums are not looked at. The version does not count.
  const std::string header("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR0123456789abcCRC0", 33);
  EXPECT_EQ(kind_of_result(header + std::string("\0\0\0\x1btEXtSoftware\0lanet 0.1.0 resultCRC0", 39)), "a PNG result");
  EXPECT_EQ(kind_of_result(header + std::string("\0\0\0\x16tEXtSoftware\0lanet pictureCRC0", 34)), kPictureKind);
  EXPECT_EQ(kind_of_result(header + std::string("\0\0\0\x19tEXtSoftware\0lanet truth maskCRC0", 37)),
            "a PNG truth mask");
}

TEST(OutputFolder, AForeignRecordIsLeftAlone) {
  const TemporaryFolder folder;
  user_writes(folder / ".lanet", "a file of the user's");
  OutputFolder output(folder.path());
  output.write("a.txt", "1");
  EXPECT_EQ(read_file(folder / ".lanet"), "a file of the user's");
  EXPECT_THROW(OutputFolder(folder.path()).write("a.txt", "2"), InTheWay);
}

TEST(OutputFolder, LinksAndFoldersAreNeverReplaced) {
  const TemporaryFolder folder;
  user_writes(folder / "elsewhere/truth.png", "truth");
  fs::create_directories(folder / "out/report.html");
  fs::create_symlink(folder / "elsewhere/truth.png", folder / "out/a.png");
  fs::create_symlink(folder / "nowhere.png", folder / "out/dangling.png");
  OutputFolder output(folder / "out");
  for (const char* name : {"a.png", "dangling.png", "report.html"}) EXPECT_THROW(output.write(name, "x"), InTheWay);
  EXPECT_FALSE(OutputFolder(folder / "out", true).may_write("report.html"));
  EXPECT_EQ(read_file(folder / "elsewhere/truth.png"), "truth");
}

TEST(OutputFolder, RefusesBeforeAnythingIsComputed) {
  const TemporaryFolder folder;
  for (const char* name : {"a.json", "b.json", "c.json"}) user_writes(folder / name, "mine");
  const OutputFolder output(folder.path());
  const std::string text = refusal<InTheWay>([&] { output.require_writable({"new.json", "a.json", "b.json"}); });
  EXPECT_TRUE(has(text, "a.json"));
  EXPECT_TRUE(has(text, "1 more"));
  output.require_writable({"new.json", "newer.json"});
}

TEST(OutputFolder, TwoProcessesMayWriteTheSameResults) {
  const TemporaryFolder folder;
  OutputFolder one(folder.path()), other(folder.path());  // both have read the record
  one.write("table.csv", "a,b\n1,2\n");
  other.write("table.csv", "a,b\n3,4\n");
  one.write("table.csv", "a,b\n5,6\n");
  EXPECT_EQ(read_file(folder / "table.csv"), "a,b\n5,6\n");
  user_writes(folder / "table.csv", "a,b\nmine\n");
  EXPECT_THROW(OutputFolder(folder.path()).write("table.csv", "a,b\n7,8\n"), InTheWay);
}

TEST(OutputFolder, EarlierFilesGetFreeNames) {
  const TemporaryFolder folder;
  OutputFolder output(folder.path());
  EXPECT_EQ(output.keep_as_earlier("split.csv"), "");
  user_writes(folder / "split.csv", "published");
  EXPECT_EQ(output.keep_as_earlier("split.csv"), "split-before.csv");
  user_writes(folder / "split.csv", "second");
  EXPECT_EQ(output.keep_as_earlier("split.csv"), "split-before-2.csv");
  EXPECT_EQ(read_file(folder / "split-before.csv"), "published");
  EXPECT_EQ(read_file(folder / "split-before-2.csv"), "second");
}

TEST(OutputFolder, NamesWithLineBreaksAndBackslashesAreRecorded) {
  const TemporaryFolder folder;
  for (const std::string name : {"a\nb.txt", "a\\nb.txt", "a\\b.txt"}) {
    OutputFolder(folder.path()).write(name, "1");
    OutputFolder(folder.path()).write(name, "2");
    EXPECT_EQ(read_file(folder / name), "2");
  }
}

TEST(OutputFolder, RemovesWhatKilledRunsLeft) {
  const TemporaryFolder folder;
  user_writes(folder / ".findings.lanet-999999999-0.tmp.csv", "half");  // no such process can run
  user_writes(folder / ".findings.tmp.csv", "the user's");
  const OutputFolder output(folder.path());
  EXPECT_FALSE(fs::exists(folder / ".findings.lanet-999999999-0.tmp.csv"));
  EXPECT_TRUE(fs::exists(folder / ".findings.tmp.csv"));
}

TEST(CarriesLanetMark, OfEachKind) {
  EXPECT_TRUE(bytes_carry_lanet_mark(R"({"format":"lanet-cine"})"));
  EXPECT_FALSE(bytes_carry_lanet_mark(R"({"format":"coco"})"));
  EXPECT_FALSE(bytes_carry_lanet_mark(""));
  EXPECT_TRUE(bytes_carry_lanet_mark(R"(<!doctype html><head><meta name="generator" content="lanet 0.1.0">)"));
  EXPECT_FALSE(bytes_carry_lanet_mark("<html>lanet</html>"));
  // A PNG of a header chunk and a text chunk; lengths 13 and 11, checksums are not looked at.
  const std::string header("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR0123456789abcCRC0", 33);
  EXPECT_TRUE(bytes_carry_lanet_mark(header + std::string("\0\0\0\x0etEXtSoftware\0lanetCRC0", 26)));
  EXPECT_FALSE(bytes_carry_lanet_mark(header + std::string("\0\0\0\x0dtEXtSoftware\0GIMPCRC0", 25)));
  EXPECT_FALSE(bytes_carry_lanet_mark(header + std::string("\0\0\0\x01IDATxCRC0", 13)));
}

TEST(WriteFileAtomically, TakesNamesOfAnyLength) {
  const TemporaryFolder folder;
  const std::string name = std::string(250, 'n') + ".json";
  write_file_atomically(folder / name, "x");
  EXPECT_EQ(read_file(folder / name), "x");
}

TEST(ReadFile, RefusesPipesAndDevices) {
  const TemporaryFolder folder;
  const fs::path pipe = folder / "pipe.png";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_TRUE(has(refusal<SystemError>([&] { read_file(pipe); }), "pipe"));
  EXPECT_TRUE(has(refusal<SystemError>([&] { read_file("/dev/zero"); }), "device"));
}

}  // namespace
}  // namespace lanet
