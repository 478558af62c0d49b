#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "infer/engine.hpp"
#include "infer/finder.hpp"

namespace lanet {

struct EngineOptions {
  std::string engine = "openvino";  // openvino, torch
  std::string device = "auto";
  std::string precision = "fp32";
  std::int64_t threads = 0;
};

/// Opens a model file, or one of models/ by its name, by the library that this program is linked with. Throws
/// SystemError, DataError or ConfigError.
std::unique_ptr<Engine> open_engine(const std::filesystem::path& model, const EngineOptions& options);

/// Why a text names no device, for CLI11; "" where it does. What the machine has is seen when the model is opened.
inline std::string refusal_of_device(const std::string& text) {
  const bool numbered =
      text.starts_with("cuda:") && text.size() > 5 && text.find_first_not_of("0123456789", 5) == std::string::npos;
  return text == "auto" || text == "cpu" || text == "cuda" || numbered
             ? ""
             : "lanet found '" + text + "' but needs auto, cpu, cuda or cuda:N";
}

/// Arguments of every command that runs models.
struct EngineArguments {
  EngineOptions engine;
  FinderOptions finder;
  int views = 1;

  void add_to(CLI::App& command) {
    command.add_option("--engine", engine.engine, "openvino, or torch (LibTorch: also for --device cuda)")
        ->capture_default_str()
        ->check(CLI::IsMember({"openvino", "torch"}));
    command.add_option("--device", engine.device, "auto, cpu, cuda, cuda:N")
        ->capture_default_str()
        ->check(refusal_of_device);
    command
        .add_option("--precision", engine.precision,
                    "fp32, bf16, int8 (a model that was quantized), auto: bf16 where the processor has it")
        ->capture_default_str();
    command.add_option("--threads", engine.threads, "threads for computing; 0: one per core")->capture_default_str();
    command.add_option("--threshold", finder.threshold,
                       "probability of the positive class from which on it is decided for\n"
                       "(two classes, or two beside a normal one; default: the model's own)");
    command.add_option("--lesion-threshold", finder.lesion_threshold,
                       "probability of a lesion, 1 less that of normal, from which on one is\n"
                       "said to be there (with a normal class; default: the model's own)");
    command.add_option("--mask-threshold", finder.mask_threshold,
                       "probability from which on a pixel is lesion (default: the model's own)");
    command
        .add_option("--views", views, "mean over 1, 2 (mirrored), 4 or 8 (turned) views of each image, at that cost")
        ->capture_default_str()
        ->check(CLI::IsMember({1, 2, 4, 8}));
    command.add_flag("--crop", finder.crop_to_ultrasound, "look only at the ultrasound region of screenshots");
  }

  const FinderOptions& finder_options() const { return finder; }

  /// One engine; several models are averaged.
  std::unique_ptr<Engine> open(const std::vector<std::string>& models) const {
    std::vector<std::unique_ptr<Engine>> members;
    for (const std::string& model : models) members.push_back(open_engine(model, engine));
    return make_views(make_ensemble(std::move(members)), views);
  }
};

}  // namespace lanet
