#include "cli/program.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iostream>

#include <poll.h>
#include <unistd.h>

#include "core/error.hpp"
#include "core/grouped_problems.hpp"
#include "core/limits.hpp"
#include "core/settings.hpp"
#include "core/stop_request.hpp"
#include "core/text.hpp"
#include "core/version.hpp"
#include "image/quiet_decoding.hpp"

namespace lanet {
namespace {

constexpr const char* kNoMemory =
    "not enough memory; use a smaller batch (--set stage2.batch_size=4), smaller images or fewer of them";

std::vector<std::string> command_line;

/// Words that stand where a command stands, though they are none.
constexpr std::array kNoCommands{"help", "version"};

/// "lanet help predict" as "lanet predict --help", "lanet version" as "lanet --version".
std::vector<std::string> without_help_words(std::vector<std::string> words) {
  if (words.size() < 2) return words;
  if (words[1] == "version" && words.size() == 2) words[1] = "--version";
  if (words[1] != "help") return words;
  words.erase(words.begin() + 1);
  words.emplace_back("--help");
  return words;
}

/// A first word that is no command, named with the nearest one; "" where the mistake is another.
std::string unknown_command(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* within = &app;
  for (std::size_t place = 1; place < words.size(); ++place) {
    const auto commands = within->get_subcommands([](const CLI::App*) { return true; });
    if (commands.empty() || words[place].starts_with("-")) return "";
    std::vector<std::string> names;
    for (const CLI::App* command : commands) names.push_back(command->get_name());
    const auto found = std::find(names.begin(), names.end(), words[place]);
    if (found == names.end()) {
      if (within->get_require_subcommand_min() == 0) return "";  // a positional argument may stand here
      const std::string listed = join_text(names, ", ");
      if (within == &app) names.insert(names.end(), kNoCommands.begin(), kNoCommands.end());
      const std::string nearest = nearest_name(words[place], names);
      return "'" + words[place] + "' is no command" +
             (nearest.empty() ? "; the commands are " + listed : "; did you mean " + nearest + "?");
    }
    within = commands[static_cast<std::size_t>(found - names.begin())];
  }
  return "";
}

/// The command that was chosen, as deep as it goes.
const CLI::App& chosen_command(const CLI::App& app) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  return *command;
}

std::string full_name(const CLI::App& command) {
  return command.get_parent() ? full_name(*command.get_parent()) + " " + command.get_name() : command.get_name();
}

/// Words that the chosen command does not know, with the nearest option that it has; "" where it knows all of them.
/// They are named before anything that is missing: the missing thing is often there, under the wrong name.
std::string unknown_words(const CLI::App& app) {
  const CLI::App& command = chosen_command(app);
  const std::vector<std::string> rest = app.remaining(true);
  if (rest.empty()) return "";
  const auto option = std::find_if(rest.begin(), rest.end(), [](const std::string& word) {
    return word.size() > 1 && word.front() == '-' && std::isdigit(static_cast<unsigned char>(word[1])) == 0;
  });
  if (option == rest.end())
    return full_name(command) + " does not know what to do with '" + rest.front() + "': it is one word too many";
  const std::string typed = option->substr(0, option->find('='));
  std::vector<std::string> known;
  for (const CLI::Option* candidate : command.get_options())
    for (const std::string& name : candidate->get_lnames()) known.push_back("--" + name);
  const std::string nearest = nearest_name(typed, known);
  return typed + " is no option of " + full_name(command) + (nearest.empty() ? "" : "; did you mean " + nearest + "?");
}

struct ShortForm {
  const char* option;
  const char* setting;
};
/// Options that stand for a setting: who typed the option is told of the option.
constexpr std::array kShortForms{
    ShortForm{"--device", "compute.device"},   ShortForm{"--precision", "compute.precision"},
    ShortForm{"--threads", "compute.threads"}, ShortForm{"--data", "data.manifest"},
    ShortForm{"--split", "data.split"},        ShortForm{"--fold", "data.fold"},
    ShortForm{"--as-boxes", "data.as_boxes"},  ShortForm{"--name", "name"}};

/// A complaint about a setting that was given by an option names the option.
std::string by_typed_option(const std::string& text, const std::vector<std::string>& words) {
  const auto typed = [&words](const std::string& option) {
    return std::any_of(words.begin(), words.end(),
                       [&](const std::string& word) { return word == option || word.starts_with(option + "="); });
  };
  for (const auto& [option, setting] : kShortForms) {
    const std::string key(setting), as_assignment = "--set " + key + "=";
    if (!typed(option)) continue;
    if (text.starts_with(key + ":")) return option + text.substr(key.size());
    if (text.starts_with(as_assignment)) return option + (" " + text.substr(as_assignment.size()));
  }
  return text;
}

int complain(const std::string& text, int code) {
  std::cerr << "lanet: " << text << "\n";
  return code;
}

/// Options for what is written. Without a name (an empty variable of a script) it would go to the folder at hand.
constexpr std::array kPlacesOfResults{"--out", "--manifest-out", "--mapping", "--key", "--to"};

void require_places(const std::vector<std::string>& words) {
  for (std::size_t place = 1; place < words.size(); ++place)
    for (const std::string option : kPlacesOfResults)
      if (words[place] == option + "=" ||
          (words[place] == option && place + 1 < words.size() && words[place + 1].empty()))
        throw ConfigError(
            {option, "an empty text", "the name of a file or folder", "name one, or leave the option out"});
}

/// Whoever read it has left (`| head`): that is no fault.
bool reader_left() {
  pollfd output{STDOUT_FILENO, POLLOUT, 0};
  return ::poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

/// What was printed counts only once it is out: the disk behind standard output may be full.
int with_output_written(int code) {
  const bool failed_before = !std::cout;
  std::cout.clear();
  errno = 0;
  std::cout.flush();
  if (std::cout && !failed_before) return code;
  if (reader_left()) return kFailed;
  const std::string reason = errno == 0 ? "" : std::string(" (") + std::strerror(errno) + ")";
  return complain(Problem{"standard output", "cannot be written" + reason, "a place for what it prints",
                          "free space on that disk, or send it elsewhere"}
                      .line(),
                  kFailed);
}

int run_commands(const std::string& description, const std::function<void(CLI::App&)>& add_commands, int argc,
                 const std::function<std::string(const std::exception&)>& message_of) {
  CLI::App app(description, "lanet");
  app.set_version_flag("--version", std::string("lanet ") + kVersion);
  app.require_subcommand(1);
  app.footer(
      "Example:\n  lanet predict breast_lite0 scans/ --out findings\n\n"
      "lanet help COMMAND says what a command does. Exit codes: 0 done, 1 failed, 2 wrong use. NO_COLOR is respected.\n"
      "Research use only, not a medical device.");
  listen_for_stop_request();
  keep_decoders_quiet();
  try {
    require_places(command_line);
    add_commands(app);
    // CLI11 takes the words from the last to the first, without the program's name.
    app.parse(std::vector<std::string>(command_line.rbegin(), command_line.rend() - 1));
    return kDone;
  } catch (const ExitWith& end) {
    return end.code;
  } catch (const CLI::ParseError& error) {
    if (const std::string text = unknown_command(app, command_line); !text.empty()) return complain(text, kWrongUse);
    if (error.get_exit_code() == 0) return app.exit(error);
    if (argc == 1) {
      std::cout << app.help();
      return kWrongUse;
    }
    const std::string unknown = unknown_words(app);
    const std::string text = unknown.empty() ? error.what() : unknown;
    return complain(text + (text.ends_with("?") ? " See " : "; see ") + full_name(chosen_command(app)) + " --help",
                    kWrongUse);
  } catch (const ConfigError& error) {
    return complain(by_typed_option(error.what(), command_line), kWrongUse);
  } catch (const Error& error) {
    return complain(error.what(), kFailed);
  } catch (const std::filesystem::filesystem_error& error) {
    return complain(error.path1().string() + ": " + error.code().message(), kFailed);
  } catch (const std::bad_alloc&) {
    return complain(kNoMemory, kFailed);
  } catch (const std::exception& error) {
    const std::string text = message_of ? message_of(error) : error.what();
    if (text.find("out of memory") != std::string::npos || text.find("t allocate memory") != std::string::npos)
      return complain(kNoMemory, kFailed);
    return complain(join_text(split_text(text, '\n'), " "), kFailed);
  }
}

}  // namespace

const std::vector<std::string>& typed_command() { return command_line; }

CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::string& example) {
  CLI::App* command = parent.add_subcommand(name, description);
  command->footer("Example:\n  " + example);
  command
      ->add_option_function<std::vector<std::string>>(
          "--limit",
          [](const std::vector<std::string>& assignments) {
            InputLimits limits = input_limits();
            for (const std::string& assignment : assignments) apply_assignment(assignment, fields_of(limits));
            set_input_limits(limits);
          },
          "raise or lower a cap on input: KEY=VALUE, of image_bytes, image_pixels, image_side, text_bytes, "
          "model_bytes, dicom_bytes, "
          "dicom_seconds, archive_entries, archive_bytes, archive_ratio, nesting; may be repeated")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  return command;
}

void fail_where_some_failed(const std::vector<std::string>& problems) {
  if (problems.empty()) return;
  std::cout.flush();
  std::cerr << problems.size() << " could not be used:\n";
  for (const std::string& problem : grouped_problems(problems)) std::cerr << "  " << problem << "\n";
  throw ExitWith{kFailed};
}

void require_no_input(const std::string& option, const std::filesystem::path& result,
                      const std::vector<std::filesystem::path>& inputs) {
  for (const std::filesystem::path& input : inputs) {
    std::error_code not_there;
    if (std::filesystem::equivalent(result, input, not_there))
      throw ConfigError({option, result.string() + ", which the command reads", "another file", ""});
  }
}

int run_program(const std::string& description, const std::function<void(CLI::App&)>& add_commands, int argc,
                char** argv, const std::function<std::string(const std::exception&)>& message_of) {
  command_line = without_help_words({argv, argv + argc});
  command_line[0] = "lanet";
  return with_output_written(run_commands(description, add_commands, argc, message_of));
}

}  // namespace lanet
