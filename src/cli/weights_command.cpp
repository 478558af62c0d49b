#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/program.hpp"
#include "core/child_process.hpp"
#include "core/text.hpp"
#include "model/backbone_weights.hpp"

namespace lanet {

void add_weights_command(CLI::App& app) {
  struct Arguments {
    std::string file;
    std::string to;
    bool overwrite = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* weights = app.add_subcommand("weights", "import pretrained weights");
  weights->require_subcommand(1);
  weights->footer("Example:\n  lanet weights import resnet18-f37072fd.pth");
  CLI::App* command =
      add_command(*weights, "import", "read a .pth or a safetensors file and keep its feature extractor",
                  "lanet weights import resnet18-f37072fd.pth");
  command
      ->add_option("file", arguments->file, "resnet18-*.pth, resnet50-*.pth, efficientnet-lite*.pth or *.safetensors")
      ->required();
  command->add_option("--to", arguments->to, "folder to write to (default: models/ of lanet)");
  command->add_flag("--overwrite", arguments->overwrite, "replace a file of that name that lanet did not write");
  command->callback([arguments] {
    const auto target = arguments->to.empty() ? home_folder() / "models" : std::filesystem::path(arguments->to);
    const ImportedWeights imported = import_weights(arguments->file, target, arguments->overwrite);
    std::cout << imported.backbone << ": " << count_of(imported.report.taken.size(), "tensor", "tensors") << " taken, "
              << imported.report.left.size() << " left";
    if (!imported.report.left.empty()) std::cout << " (" << join_text(imported.report.left, ", ") << ")";
    std::cout << "\n" << imported.file.string() << "\n";
  });
}

}  // namespace lanet
