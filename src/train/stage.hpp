#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataset/image_cache.hpp"
#include "train/options.hpp"
#include "train/validation.hpp"

namespace lanet {

/// How good an epoch is for the choice of the best one: a higher score wins, a lower loss decides ties.
struct Goodness {
  double score = 0;
  double loss = 0;

  bool better_than(const Goodness& other) const {
    return score > other.score || (score == other.score && loss < other.loss);
  }
};

/// In what stage 1 and stage 2 differ; everything else of an epoch is the same code.
struct Stage {
  std::int64_t number = 1;
  ScheduleOptions course;
  std::vector<std::int64_t> members;            // training images that it learns from
  std::vector<std::string> parameter_prefixes;  // children of the network that learn: "fex", "la_net", ...
  bool classify = false;                        // whether class metrics mean anything yet
  std::string choose = "loss";                  // Stage2Options::choose
  double average = 0;                           // Stage2Options::average
  BatchLoss loss;

  Goodness goodness(const ValidationResult& result, std::int64_t epoch) const;
};

/// Stage 1 (Eq. 5): images with a location label; FEX and LA-Net; chosen by validation loss.
Stage make_stage1(const TrainOptions& options, const std::vector<CachedSample>& samples);
/// Stage 2 (Eq. 6): all images; everything learns; chosen as `stage2.choose` says.
Stage make_stage2(const TrainOptions& options, const std::vector<CachedSample>& samples);

}  // namespace lanet
