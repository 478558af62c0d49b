#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/program.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/settings.hpp"
#include "graph/network_graph.hpp"
#include "modelfile/compact.hpp"

namespace lanet {

void add_export_command(CLI::App& app) {
  struct Arguments {
    std::string model, out;
    std::string format = "onnx";
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = add_command(app, "export", "write a trained model for other programs, or smaller",
                                  "lanet export runs/lite0_256/best.safetensors --format onnx");
  command->add_option("model", arguments->model, "model file")->required();
  command
      ->add_option("--format", arguments->format,
                   "onnx: for ONNX Runtime, OpenVINO and others; compact: a lanet model with half-precision weights")
      ->capture_default_str();
  command->add_option("--out", arguments->out, "file to write (default: beside the model)");
  command->callback([arguments] {
    require_one_of("--format", arguments->format, {"onnx", "compact"});
    const bool onnx = arguments->format == "onnx";
    std::filesystem::path out(arguments->out);
    if (out.empty()) {
      out = arguments->model;
      out.replace_extension(onnx ? ".onnx" : ".compact.safetensors");
    }
    if (onnx)
      write_file_atomically(out, onnx_of_model(SafetensorsFile::open(arguments->model)));
    else
      write_compact_model(arguments->model, out);
    std::cout << out.string() << "\n";
  });
}

}  // namespace lanet
