#include "cli/program.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "core/error.hpp"
#include "core/limits.hpp"
#include "core/settings.hpp"
#include "core/stop_request.hpp"
#include "core/text.hpp"
#include "core/version.hpp"

namespace lanet {
namespace {

constexpr const char* kNoMemory =
    "not enough memory; use a smaller batch (--set stage2.batch_size=4), smaller images or fewer of them";

std::vector<std::string> command_line;

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
      const std::string nearest = nearest_name(words[place], names);
      return "'" + words[place] + "' is no command; the commands are " + join_text(names, ", ") +
             (nearest.empty() ? "" : "; did you mean " + nearest + "?");
    }
    within = commands[static_cast<std::size_t>(found - names.begin())];
  }
  return "";
}

int complain(const std::string& text, int code) {
  std::cerr << "lanet: " << text << "\n";
  return code;
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
  for (const std::string& problem : problems) std::cerr << "  " << problem << "\n";
  throw ExitWith{kFailed};
}

int run_program(const std::string& description, const std::function<void(CLI::App&)>& add_commands, int argc,
                char** argv, const std::function<std::string(const std::exception&)>& message_of) {
  command_line.assign(argv, argv + argc);
  command_line[0] = "lanet";
  CLI::App app(description, "lanet");
  app.set_version_flag("--version", std::string("lanet ") + kVersion);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done, 1 failed, 2 wrong use. NO_COLOR is respected. Research use only, not a medical device.");
  listen_for_stop_request();
  try {
    add_commands(app);
    app.parse(argc, argv);
    std::cout.flush();
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
    std::string path = "lanet";
    for (const CLI::App* command = &app; !command->get_subcommands().empty();) {
      command = command->get_subcommands().front();
      path += " " + command->get_name();
    }
    return complain(error.what() + std::string("; see ") + path + " --help", kWrongUse);
  } catch (const ConfigError& error) {
    return complain(error.what(), kWrongUse);
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

}  // namespace lanet
