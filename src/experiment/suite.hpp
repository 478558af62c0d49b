#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/settings.hpp"

namespace lanet {

/// A grid of trainings and what is drawn from it (docs/experiments.md). Every list is an axis; the grid is their
/// product.
struct Suite {
  std::string name;  // of the file
  std::string title = "";
  std::string question = "";
  std::string kind = "bars";
  std::string preset = "paper_r18_256";
  std::vector<std::string> include;
  std::vector<std::string> data;
  std::vector<std::string> labels{"masks"};
  std::vector<std::string> backbones{"resnet18"};
  std::vector<std::string> heads{"la_net"};
  std::vector<double> sizes{256};
  std::vector<double> mask_levels;
  std::vector<double> location_shares{1.0};
  std::vector<double> folds;
  std::vector<double> seeds{1, 2, 3};
  std::vector<std::string> set;
  std::vector<std::string> metrics{"sensitivity", "specificity", "precision", "f1"};
  std::string tested = "la_net";
  std::vector<std::string> paper;

  void visit(FieldVisitor& visitor);
  /// Throws ConfigError naming the field.
  void validate() const;
};

/// A file, or the name of one in configs/experiments. Throws ConfigError.
Suite read_suite(const std::string& file_or_name);
/// The suite itself, or the suites that it includes (each with their own, none twice). Throws ConfigError for a circle.
std::vector<Suite> expand_suite(const Suite& suite);

/// Names of `heads`, each a network of method.md or one of its ablations.
std::vector<std::string> head_names();
/// What a head stands for, as settings.
std::vector<std::string> head_settings(const std::string& head);
/// Whether it has a location part (vanilla has none: location labels mean nothing to it).
bool locates(const std::string& head);

/// One training of a grid.
struct Cell {
  std::string data;    // manifest or its folder
  std::string labels;  // masks, boxes
  std::string backbone;
  std::string head;
  std::int64_t size = 256;
  std::int64_t mask_level = 0;  // 0: the preset's
  double location_share = 1;
  std::int64_t fold = -1;  // -1: the split's own test subset
  std::int64_t seed = 1;
  SettingTexts settings;    // complete, without name and folder of the run
  std::string name;         // readable, ending in 10 digits of a digest over settings, data and version
  std::string data_digest;  // over images, labels and split

  /// "key=value" words for `--only` and tables: data, labels, backbone, head, size, mask_level, location_share, fold,
  /// seed.
  std::vector<std::pair<std::string, std::string>> axes() const;
  /// What repeats have in common: all axes without fold and seed.
  std::string group() const;
};

struct GridOptions {
  std::string data;                      // replaces the suite's
  std::vector<std::string> assignments;  // settings for every cell, after the suite's
  std::vector<std::string> only;         // "axis=value", several with commas; those of one axis are alternatives
};

/// The cells of one suite (not of those it includes), in a fixed order, none twice. Equal trainings have equal names in
/// whatever suite they stand. Throws ConfigError for unknown keys and heads, DataError for a data set that cannot carry
/// the grid (a fold that is not there, a share that leaves a class without a label).
std::vector<Cell> make_cells(const Suite& suite, const GridOptions& options);

}  // namespace lanet
