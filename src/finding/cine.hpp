#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "finding/finding.hpp"

namespace lanet {

/// What the findings of a cine's frames say together. Fed frame by frame; keeps no more than one mask.
class CineSummary {
 public:
  CineSummary() = default;
  /// frame_ms: time from a frame to the next, where it is known.
  explicit CineSummary(std::optional<double> frame_ms) : frame_ms_(frame_ms) {}

  void add(const Finding& finding);
  bool empty() const { return frames_.empty(); }

  /// Index of the frame whose lesion moves least: the highest mean overlap (JSI) of its mask with those before and
  /// after it, among frames with a lesion; ties: the first. Without any lesion or for a network without masks: the
  /// frame whose probabilities lie nearest to the mean. Throws std::logic_error without a frame.
  std::size_t steadiest() const;
  /// Mean probability of each class over the frames with a lesion; over all, where none has one.
  std::vector<ClassProbability> mean_probabilities() const;
  /// JSON: frames, mean probabilities, share of frames with a lesion, the steadiest frame, the curve (docs/formats.md).
  std::string json(const std::string& name) const;

 private:
  struct Frame {
    std::string name;
    std::vector<ClassProbability> classes;
    bool has_lesion = false;
    double overlap_before = 0;  // JSI of its mask and the one before
  };
  double steadiness(std::size_t frame) const;

  std::optional<double> frame_ms_;
  std::vector<Frame> frames_;
  Mask last_;
};

}  // namespace lanet
