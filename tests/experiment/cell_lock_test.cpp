#include "experiment/cell_lock.hpp"

#include <csignal>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

using std::chrono::milliseconds;

TEST(CellLock, OneOwnerAtATime) {
  const TemporaryFolder folder;
  {
    const auto first = CellLock::acquire(folder.path());
    ASSERT_TRUE(first);
    EXPECT_FALSE(CellLock::acquire(folder.path()));
    EXPECT_NE(CellLock::owner(folder.path()), "");
  }
  EXPECT_EQ(CellLock::owner(folder.path()), "");
  EXPECT_TRUE(CellLock::acquire(folder.path()));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(CellLock, ManyThreadsOneWinner) {
  const TemporaryFolder folder;
  std::vector<std::optional<CellLock>> locks(8);
  std::vector<std::thread> threads;
  for (auto& lock : locks) threads.emplace_back([&] { lock = CellLock::acquire(folder.path()); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::count_if(locks.begin(), locks.end(), [](const auto& lock) { return lock.has_value(); }), 1);
}

TEST(CellLock, AKilledOwnerIsReplacedAtOnce) {
  const TemporaryFolder folder;
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto lock = CellLock::acquire(folder.path());
    pause();
  }
  while (CellLock::owner(folder.path()).empty()) usleep(1000);
  EXPECT_FALSE(CellLock::acquire(folder.path()));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_EQ(CellLock::owner(folder.path()), "");
  EXPECT_TRUE(CellLock::acquire(folder.path()));
}

TEST(CellLock, AnotherMachineIsJudgedByItsHeartbeat) {
  const TemporaryFolder folder;
  const CellLockOptions options{milliseconds(50), milliseconds(5000)};
  write_file_atomically(folder / "cell.lock", "elsewhere 17 4711\n");
  EXPECT_FALSE(CellLock::acquire(folder.path(), options));
  EXPECT_EQ(CellLock::owner(folder.path(), options), "process 17 on elsewhere");
  std::filesystem::last_write_time(folder / "cell.lock",
                                   std::filesystem::file_time_type::clock::now() - std::chrono::minutes(1));
  EXPECT_EQ(CellLock::owner(folder.path(), options), "");
  EXPECT_TRUE(CellLock::acquire(folder.path(), options));
}

TEST(CellLock, TheHeartbeatBeats) {
  const TemporaryFolder folder;
  const auto lock = CellLock::acquire(folder.path(), {milliseconds(10), milliseconds(5000)});
  const auto long_ago = std::filesystem::file_time_type::clock::now() - std::chrono::minutes(1);
  std::filesystem::last_write_time(folder / "cell.lock", long_ago);
  for (int wait = 0; wait < 500 && std::filesystem::last_write_time(folder / "cell.lock") == long_ago; ++wait)
    usleep(10'000);
  EXPECT_GT(std::filesystem::last_write_time(folder / "cell.lock"), long_ago);
}

TEST(CellLock, RubbishInTheLockIsStaleOnceSilent) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "cell.lock", "");
  std::filesystem::last_write_time(folder / "cell.lock",
                                   std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  EXPECT_TRUE(CellLock::acquire(folder.path()));
}

TEST(CellLock, AFolderThatCannotBeMadeIsOneLine) { EXPECT_THROW(CellLock::acquire("/proc/no/such"), SystemError); }

}  // namespace
}  // namespace lanet
