#include "infer/archive.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "support/archive_bytes.hpp"
#include "support/damage.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

struct Seen {
  std::vector<std::string> names, contents, problems;
};

Seen read_all(ArchiveReader reader) {
  Seen seen;
  while (const auto entry = reader.next(seen.problems)) {
    seen.names.push_back(entry->name);
    seen.contents.push_back(entry->bytes);
  }
  EXPECT_FALSE(reader.next(seen.problems));  // the end stays the end
  return seen;
}

TEST(Archive, ZipTarAndPackedTarGiveTheirFiles) {
  const TemporaryFolder folder;
  const std::string large(300'000, 'x');
  for (const char* format : {"zip", "tar", "tar.gz"}) {
    const std::string packed =
        pack_archive(format, {{"one.png", "1"}, {"deep", "", "", true}, {"deep/two", large}, {"empty", ""}});
    write_file_atomically(folder / "a", packed);
    for (const Seen& seen : {read_all(ArchiveReader(packed, "x")), read_all(ArchiveReader(folder / "a"))}) {
      EXPECT_EQ(seen.names, (std::vector<std::string>{"one.png", "deep/two", "empty"})) << format;
      EXPECT_EQ(seen.contents, (std::vector<std::string>{"1", large, ""})) << format;
      EXPECT_TRUE(seen.problems.empty()) << format;
    }
    EXPECT_EQ(archive_kind_of_file(folder / "a"), std::string(format) == "tar.gz" ? "gzip" : format);
  }
  EXPECT_EQ(archive_kind_of_file(folder / "none"), "");
}

TEST(Archive, NamesKeepTheirLetters) {
  // A stored zip entry "ä" with "x" in it, its name marked as UTF-8 (flag 11).
  const std::string local("PK\x03\x04\x14\0\0\x08\0\0\0\0\x21\0\x83\x16\xDC\x8C\x01\0\0\0\x01\0\0\0\x02\0\0\0\xC3\xA4x",
                          33);
  const std::string directory(
      "PK\x01\x02\x14\x03\x14\0\0\x08\0\0\0\0\x21\0\x83\x16\xDC\x8C\x01\0\0\0\x01\0\0\0\x02\0\0\0\0\0\0\0\0\0"
      "\0\0\xA4\x81\0\0\0\0\xC3\xA4",
      48);
  const std::string end("PK\x05\x06\0\0\0\0\x01\0\x01\0\x30\0\0\0\x21\0\0\0\0\0", 22);
  EXPECT_EQ(read_all(ArchiveReader(local + directory + end, "x")).names, std::vector<std::string>{"\xC3\xA4"});
}

TEST(Archive, LeavesOutWhatWouldLeaveItsFolder) {
  const std::string inner = pack_archive("zip", {{"a", "b"}});
  for (const char* format : {"zip", "tar"}) {
    const Seen seen = read_all(ArchiveReader(pack_archive(format, {{"../up", "1"},
                                                                   {"/etc/passwd", "2"},
                                                                   {"a/../../b", "3"},
                                                                   {"link", "", "/etc/passwd"},
                                                                   {"inner.zip", inner},
                                                                   {"C:/x", "4"},
                                                                   {"good", "5"}}),
                                             "x"));
    EXPECT_EQ(seen.names, std::vector<std::string>{"good"}) << format;
    ASSERT_EQ(seen.problems.size(), 6U) << format;
    EXPECT_TRUE(has(seen.problems[0], "x:../up: lanet found a name that leaves the archive's folder"));
    EXPECT_TRUE(has(seen.problems[1], "absolute"));
    EXPECT_TRUE(has(seen.problems[2], "leaves"));
    EXPECT_TRUE(has(seen.problems[3], "a link")) << seen.problems[3];
    EXPECT_TRUE(has(seen.problems[4], "an archive inside the archive"));
    EXPECT_TRUE(has(seen.problems[5], "absolute"));
  }
}

TEST(Archive, EncryptedEntriesAreLeftOut) {
  const Seen seen = read_all(ArchiveReader(pack_archive("zip", {{"a", "secret"}}, "password"), "x"));
  EXPECT_TRUE(seen.names.empty());
  ASSERT_EQ(seen.problems.size(), 1U);
  EXPECT_TRUE(has(seen.problems[0], "encrypted")) << seen.problems[0];
}

std::string refusal_of(const std::string& packed, const InputLimits& limits = {}) {
  return refusal<DataError>([&] { read_all(ArchiveReader(packed, "x", limits)); });
}

TEST(Archive, BombsAreCutOff) {
  const std::string zeros(65 << 20, '\0');
  const std::string bomb = pack_archive("zip", {{"zeros", zeros}});
  EXPECT_LT(bomb.size(), 100'000U);  // 1000 : 1
  EXPECT_TRUE(has(refusal_of(bomb), "unpacks to more than 200 times its size"));
  EXPECT_TRUE(has(refusal_of(pack_archive("tar.gz", {{"zeros", zeros}})), "200 times"));
  InputLimits limits;
  limits.archive_bytes = 1000;
  const std::string several = pack_archive("tar", {{"a", std::string(600, 'a')}, {"b", std::string(600, 'b')}});
  EXPECT_TRUE(has(refusal_of(several, limits), "archive_bytes"));
  limits = {};
  limits.archive_entries = 1;
  EXPECT_TRUE(has(refusal_of(several, limits), "more than 1 entries"));
  limits = {};
  limits.dicom_bytes = limits.image_bytes = 500;
  const Seen seen = read_all(ArchiveReader(several, "x", limits));
  EXPECT_EQ(seen.problems.size(), 2U);
  EXPECT_TRUE(has(seen.problems[0], "600 bytes"));
}

TEST(Archive, AZipDirectoryPastTheEntriesIsNotEvenRead) {
  std::vector<PackedFile> files;
  for (int index = 0; index < 100; ++index) files.push_back({"name_" + std::to_string(index), ""});
  InputLimits limits;
  limits.archive_entries = 3;  // 3 KiB of directory
  EXPECT_TRUE(has(refusal_of(pack_archive("zip", files), limits), "a zip directory of"));
}

TEST(Archive, RefusesOtherKindsByName) {
  EXPECT_TRUE(has(refusal_of("text"), "no archive"));
  EXPECT_TRUE(has(refusal_of(""), "an empty file"));
  EXPECT_TRUE(has(refusal_of("Rar!\x1A\x07\x01"), "a rar archive"));
  EXPECT_TRUE(has(refusal_of("\x1F\x8Bnothing"), "no whole archive"));
  EXPECT_THROW(ArchiveReader(std::filesystem::path("/none")), SystemError);
  std::string twice = pack_archive("tar.gz", {{"a", "b"}});
  archive* writer = archive_write_new();  // and once more
  std::string packed(100'000, '\0');
  std::size_t used = 0;
  archive_write_set_format_raw(writer);
  archive_write_add_filter_gzip(writer);
  archive_write_open_memory(writer, packed.data(), packed.size(), &used);
  archive_entry* entry = archive_entry_new();
  archive_entry_set_pathname(entry, "x");
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_write_header(writer, entry);
  archive_write_data(writer, twice.data(), twice.size());
  archive_entry_free(entry);
  archive_write_close(writer);
  archive_write_free(writer);
  EXPECT_TRUE(has(refusal_of(packed.substr(0, used)), "gzip inside gzip"));
}

TEST(Archive, SurvivesDamage) {
  for (const char* format : {"zip", "tar", "tar.gz"})
    for (const std::string& bytes :
         damaged_copies(pack_archive(format, {{"a/b", std::string(2000, 'x')}, {"c", "abc"}}), 500)) {
      try {
        for (const std::string& name : read_all(ArchiveReader(bytes, "x")).names)
          EXPECT_EQ(fault_of_entry_name(name), "");
      } catch (const DataError&) {
      }
    }
}

TEST(Archive, NamesByHand) {
  for (const char* fine : {"a", "a/b.dcm", "..a", "a..b/c", "1.2.840.1", "Ä/ö"})
    EXPECT_EQ(fault_of_entry_name(fine), "");
  for (const std::string& bad : {std::string(), std::string(".."), std::string("a/.."), std::string("/a"),
                                 std::string("a\\b"), std::string("a\nb"), std::string(256, 'a'), std::string("c:a")})
    EXPECT_NE(fault_of_entry_name(bad), "") << bad;
}

}  // namespace
}  // namespace lanet
