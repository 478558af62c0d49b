#include <fstream>
#include <stdexcept>

#include <gtest/gtest.h>

#include "core/child_process.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/run_lock.hpp"
#include "core/sha256.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(Problem, IsOneLineWithAllParts) {
  EXPECT_EQ((Problem{"a.png", "x", "y", "do z"}).line(), "a.png: lanet found x but needs y; do z");
  EXPECT_EQ((Problem{"a.png", "x", "", ""}).line(), "a.png: lanet found x");
  EXPECT_EQ((Problem{"a.png", "cannot be opened (why)", "y", ""}).line(),
            "a.png: this cannot be opened (why), but lanet needs y");
  EXPECT_EQ((Problem{"a.png", "cannot create it", "", "do z"}).line(), "a.png: lanet cannot create it; do z");
  EXPECT_EQ((Problem{"a.png", "", "y", "do z"}).line(), "a.png: lanet needs y; do z");
  EXPECT_FALSE(has((Problem{"a\nb", "x\r\ny", "", ""}).line(), "\n"));
}

TEST(Sha256, PublishedVectors) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, PiecesGiveTheSame) {
  const std::string text(1000, 'x');
  Sha256 pieces;
  for (std::size_t first = 0; first < text.size(); first += 7) pieces.update(std::string_view(text).substr(first, 7));
  EXPECT_EQ(pieces.hex(), sha256_hex(text));
}

TEST(WriteFileAtomically, ReplacesAndLeavesNothingBeside) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "below/a.txt", "one");
  write_file_atomically(folder / "below/a.txt", "two");
  EXPECT_EQ(read_file(folder / "below/a.txt"), "two");
  EXPECT_EQ(files_in(folder / "below"), 1U);
}

TEST(ReplaceFileAtomically, AFailureLeavesTheOldFile) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "a.txt", "old");
  const auto write = [](const fs::path& path) { std::ofstream(path) << "new"; };
  const auto refuse = [](const fs::path&) { throw std::runtime_error("does not read back"); };
  EXPECT_THROW(replace_file_atomically(folder / "a.txt", write, refuse), std::runtime_error);
  EXPECT_THROW(replace_file_atomically(folder / "a.txt", refuse), std::runtime_error);
  EXPECT_EQ(read_file(folder / "a.txt"), "old");
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(WriteFileAtomically, TheOldFileIsKeptWhereWanted) {
  const TemporaryFolder folder;
  for (const char* text : {"one", "two", "three"}) write_file_atomically(folder / "a", text, folder / "b");
  EXPECT_EQ(read_file(folder / "a"), "three");
  EXPECT_EQ(read_file(folder / "b"), "two");
  EXPECT_EQ(files_in(folder.path()), 2U);
}

TEST(StaleTemporaries, OnlyTheyAreRemoved) {
  const TemporaryFolder folder;
  for (const char* name : {".last.lanet-999999999-4.tmp.checkpoint", ".lock", "a.tmp", "b.png"})
    std::ofstream(folder / name) << "x";
  remove_stale_temporaries(folder.path());
  EXPECT_EQ(files_in(folder.path()), 3U);
  EXPECT_FALSE(fs::exists(folder / ".last.lanet-999999999-4.tmp.checkpoint"));
}

TEST(WriteFileAtomically, AFolderThatCannotBeMadeIsRefused) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "file", "x");
  EXPECT_THROW(write_file_atomically(folder / "file/below/a.txt", "x"), SystemError);
}

TEST(ReadFile, MissingFolderAndTooLargeAreRefused) {
  const TemporaryFolder folder;
  EXPECT_THROW(read_file(folder / "none"), SystemError);
  EXPECT_THROW(read_file(folder.path()), SystemError);
  write_file_atomically(folder / "a", "12345");
  EXPECT_THROW(read_file(folder / "a", 4), DataError);
}

TEST(RunLock, ASecondOwnerIsRefusedAndNamesTheFirst) {
  const TemporaryFolder folder;
  {
    const RunLock lock(folder.path());
    const std::string message = refusal<SystemError>([&] { const RunLock second(folder.path()); });
    EXPECT_TRUE(has(message, std::to_string(getpid()))) << message;
  }
  EXPECT_NO_THROW(RunLock(folder.path()));
}

TEST(RunChild, FeedsInputAndReturnsOutputAndCode) {
  EXPECT_EQ(run_child({"cat"}, "hello").output, "hello");
  EXPECT_EQ(run_child({"sh", "-c", "echo out; echo err >&2; exit 3"}).exit_code, 3);
  EXPECT_EQ(run_child({"sh", "-c", "kill -TERM $$"}).exit_code, 128 + 15);
  // More than a pipe holds, in both directions.
  const std::string large(1 << 20, 'y');
  EXPECT_EQ(run_child({"cat"}, large).output.size(), large.size());
}

TEST(RunChild, AnUnknownProgramIsRefused) { EXPECT_THROW(run_child({"no-such-program-here"}), SystemError); }

TEST(RunChild, NoShellReadsTheArguments) { EXPECT_EQ(run_child({"echo", "$HOME; ls"}).output, "$HOME; ls\n"); }

}  // namespace
}  // namespace lanet
