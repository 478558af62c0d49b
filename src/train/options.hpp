#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "augment/augment.hpp"
#include "core/settings.hpp"
#include "engine/compute.hpp"
#include "loss/hybrid.hpp"
#include "loss/localization.hpp"
#include "network/network_options.hpp"

namespace lanet {

/// Which images are learned from.
struct DataOptions {
  std::string manifest = "lanet-dataset.csv";
  std::string split = "";
  std::string positive = "";
  std::int64_t fold = -1;
  double val_share = 0.15;
  std::int64_t split_seed = 1;
  double location_share = 1.0;
  bool as_boxes = false;
  double cache_ratio = 1.5;
  std::int64_t cache_mib = 4096;
  std::string target = "area";
  std::int64_t loader_threads = 1;

  void visit(FieldVisitor& visitor);
  void validate() const;
};

/// Learning rate and its course, for one stage.
struct ScheduleOptions {
  std::int64_t epochs = 20;
  std::int64_t batch_size = 8;
  double learning_rate = 1e-3;
  std::string schedule = "constant";

  void visit(FieldVisitor& visitor);
  void validate(const std::string& stage) const;
};

/// Stage 1 (Eq. 5): images with a location label only, FEX and LA-Net.
struct Stage1Options {
  ScheduleOptions course{20, 8, 1e-3, "constant"};

  void visit(FieldVisitor& visitor);
  void validate() const;
};

/// Stage 2 (Eq. 6): all images.
struct Stage2Options {
  ScheduleOptions course{100, 8, 1e-3, "constant"};
  std::string start = "auto";
  std::string choose = "accuracy";
  double average = 0.0;
  HybridOptions loss;

  void visit(FieldVisitor& visitor);
  void validate() const;
};

/// Adam (Kingma and Ba 2015).
struct AdamOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.0;
  double backbone_rate = 1.0;

  void visit(FieldVisitor& visitor);
  void validate() const;
};

/// Everything that a training is a function of (with the data): one TOML file.
struct TrainOptions {
  std::string name = "run";
  std::string runs_folder = "runs";
  std::int64_t seed = 1;
  std::int64_t input_size = 256;
  std::string weights = "imagenet";
  NetworkOptions network;
  DataOptions data;
  AugmentOptions augment;
  LocalizationOptions localization;
  Stage1Options stage1;
  Stage2Options stage2;
  AdamOptions adam;
  ComputeOptions compute;

  void visit(FieldVisitor& visitor);
  /// Every rule, also between fields. Throws ConfigError naming the field.
  void validate() const;
  /// Replaces every "auto" that depends on other fields (not on the machine) by what it stands for.
  void resolve();
  std::filesystem::path run_folder() const { return std::filesystem::path(runs_folder) / name; }
};

/// Reads a TOML file, applies `--set` assignments in order, validates.
TrainOptions read_train_options(const std::filesystem::path& file, const std::vector<std::string>& assignments);

/// All settings with their comments, as a run's settings.toml has them.
std::string settings_text(const TrainOptions& options);

}  // namespace lanet
