#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/progress.hpp"
#include "dataset/image_cache.hpp"
#include "dataset/split.hpp"
#include "train/options.hpp"

namespace lanet {

/// The images of a run, decoded, and how they were divided.
struct TrainingData {
  std::filesystem::path manifest_file;
  std::filesystem::path split_file;  // as it was read
  Split split;                       // as it is used: with a val subset
  std::vector<std::string> classes;
  std::string positive;
  std::int64_t positive_index = 0;
  ImageCache train;
  ImageCache val;
  std::int64_t train_groups = 0;
  std::int64_t val_groups = 0;
  std::string fingerprint;
};

/// Reads manifest and split, takes a val part from train where there is none, strikes out location labels of the
/// training part, decodes. Throws DataError where a class is missing from the training part, a subset is empty, or
/// nothing is located though stage 1 wants it.
TrainingData load_training_data(const TrainOptions& options, std::int64_t threads, Progress& progress);

}  // namespace lanet
