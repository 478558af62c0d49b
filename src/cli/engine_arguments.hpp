#pragma once

#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "engine/torch_engine.hpp"
#include "infer/finder.hpp"

namespace lanet {

/// Arguments of every command that runs models.
struct EngineArguments {
  TorchEngineOptions engine;
  FinderOptions finder;
  double threshold = -1;  // < 0: the model's own

  void add_to(CLI::App& command) {
    command.add_option("--device", engine.device, "auto, cpu, cuda, cuda:N")->capture_default_str();
    command.add_option("--precision", engine.precision, "fp32, bf16, auto")->capture_default_str();
    command.add_option("--threads", engine.threads, "threads for computing; 0: one per core")->capture_default_str();
    command.add_option("--threshold", threshold,
                       "probability of the positive class from which on it is decided for "
                       "(two classes; default: the model's own)");
    command.add_option("--mask-threshold", finder.mask_threshold, "probability from which on a pixel is lesion")
        ->capture_default_str();
    command.add_flag("--crop", finder.crop_to_ultrasound, "look only at the ultrasound region of screenshots");
  }

  FinderOptions finder_options() const {
    FinderOptions options = finder;
    if (threshold >= 0) options.threshold = threshold;
    return options;
  }

  /// One engine; several models are averaged.
  std::unique_ptr<Engine> open(const std::vector<std::string>& models) const {
    std::vector<std::unique_ptr<Engine>> members;
    for (const std::string& model : models) members.push_back(make_torch_engine(model, engine));
    return make_ensemble(std::move(members));
  }
};

}  // namespace lanet
