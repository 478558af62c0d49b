#pragma once

#include <exception>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace lanet {

/// Exit codes of both programs.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWrongUse = 2;

/// What the user typed, for records and for handing over; "lanet help X" reads as "lanet X --help".
const std::vector<std::string>& typed_command();

/// Ends the program with an exit code after the command's own output (bad files among good ones).
struct ExitWith {
  int code;
};

/// Where there are problems: lists them on standard error and ends the program with kFailed.
void fail_where_some_failed(const std::vector<std::string>& problems);

/// Parses the command line, runs the chosen command, turns every exception into one line on standard error and an exit
/// code. message_of: text of exceptions that this file does not know (c10::Error).
int run_program(const std::string& description, const std::function<void(CLI::App&)>& add_commands, int argc,
                char** argv, const std::function<std::string(const std::exception&)>& message_of = {});

/// Throws ConfigError where a command's result would take the place of a file that it reads.
void require_no_input(const std::string& option, const std::filesystem::path& result,
                      const std::vector<std::filesystem::path>& inputs);

/// A command with an example below its help.
CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::string& example);

}  // namespace lanet
