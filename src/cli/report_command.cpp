#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/program.hpp"
#include "report/run_report.hpp"

namespace lanet {

void add_report_command(CLI::App& app) {
  struct Arguments {
    std::vector<std::string> runs;
    std::string subset;
    bool overwrite = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = add_command(app, "report", "write a self-contained HTML page about a training run",
                                  "lanet report runs/lite0_256");
  command->add_option("run", arguments->runs, "run folders")->required();
  command->add_option("--subset", arguments->subset, "evaluated subset to show (default: test, else val)");
  command->add_flag("--overwrite", arguments->overwrite, "also replace files that lanet did not write");
  command->callback([arguments] {
    for (const std::string& run : arguments->runs)
      std::cout << write_run_report(read_run_folder(run, arguments->subset), arguments->overwrite).string() << "\n";
  });
}

}  // namespace lanet
