#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lanet {

struct ChildResult {
  int exit_code = 0;   // 128 + signal number where a signal ended it
  std::string output;  // standard output and standard error together
};

/// Runs a program (found on PATH unless it holds a slash) without a shell, feeds `input`, waits. Throws SystemError if
/// it cannot be started.
ChildResult run_child(const std::vector<std::string>& command, const std::string& input = "");

/// Runs a program with its output appended to a log file and waits; returns its exit code (128 + signal number where a
/// signal ended it). A stop request is handed on as SIGTERM, and so is the death of this process. Throws SystemError if
/// the log cannot be opened or the program cannot be started.
int run_logged_child(const std::vector<std::string>& command, const std::filesystem::path& log);

/// Replaces this process by the program. Returns only by throwing SystemError.
[[noreturn]] void replace_process(const std::vector<std::string>& command);

/// Folder of the running executable.
std::filesystem::path executable_folder();

/// The folder of the project or the installation that holds models/, sample/ and configs/: $LANET_HOME if set, else the
/// nearest folder above `start` (empty: the executable's) that holds `configs` and `models`, itself or in share/lanet.
/// Throws SystemError where there is none.
std::filesystem::path home_folder(const std::filesystem::path& start = {});

}  // namespace lanet
