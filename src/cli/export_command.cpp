#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/program.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/output_folder.hpp"
#include "core/preset.hpp"
#include "core/settings.hpp"
#include "graph/network_graph.hpp"
#include "modelfile/compact.hpp"

namespace lanet {
namespace {

/// Every format has a name of its own beside the model.
const char* extension_of(const std::string& format) {
  return format == "compact" ? ".compact.safetensors" : format == "onnx-int8" ? ".int8.onnx" : ".onnx";
}

}  // namespace

void add_export_command(CLI::App& app) {
  struct Arguments {
    std::string model, out;
    std::string format = "onnx";
    bool overwrite = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = add_command(app, "export", "write a trained model for other programs, or smaller",
                                  "lanet export runs/lite0_256/best.safetensors --format onnx");
  command->add_option("model", arguments->model, "model file")->required();
  command
      ->add_option("--format", arguments->format,
                   "onnx: for ONNX Runtime, OpenVINO and others; onnx-int8: the same of a quantized model; compact: a "
                   "lanet model with half-precision weights")
      ->capture_default_str();
  command->add_option("--out", arguments->out, "file to write (default: beside the model, a bundled one's here)");
  command->add_flag("--overwrite", arguments->overwrite, "also replace a file that lanet did not write");
  command->callback([arguments] {
    require_one_of("--format", arguments->format, {"onnx", "onnx-int8", "compact"});
    const std::filesystem::path model = find_model(arguments->model);
    std::filesystem::path out(arguments->out);
    if (out.empty()) {
      // A bundled model's folder is no place for a user's files.
      out = std::filesystem::is_regular_file(arguments->model) ? model : model.filename();
      out.replace_extension(extension_of(arguments->format));
    }
    OutputFolder folder(out.parent_path(), arguments->overwrite);
    require_no_input("--out", out, {model});
    folder.require_writable({out.filename()}, arguments->format == "compact" ? kModelKind : kBinaryKind);
    folder.write_with(out.filename(), [&](const std::filesystem::path& temporary) {
      if (arguments->format == "compact") return write_compact_model(model, temporary);
      const GraphForm form = arguments->format == "onnx" ? GraphForm::kFloat : GraphForm::kQuantized;
      write_file_atomically(temporary, onnx_of_model(SafetensorsFile::open(model), form));
    });
    std::cout << out.string() << "\n";
  });
}

}  // namespace lanet
