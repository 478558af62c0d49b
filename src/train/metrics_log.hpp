#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "train/event_file.hpp"
#include "train/loss_terms.hpp"
#include "train/validation.hpp"

namespace lanet {

/// One epoch's row of metrics.csv.
struct EpochRow {
  std::int64_t stage = 1;
  std::int64_t epoch = 0;  // 1-based
  PassMeans train;
  ValidationResult val;
  double learning_rate = 0;  // of the last step
  double seconds = 0;
  double images_per_second = 0;
};

/// "loss 0.5120 (val 0.4810), accuracy 0.812, AUC 0.871, JSI 0.402, 25.1 images/s"; what is not defined is left out.
std::string status_text(const EpochRow& row);

/// The rows of a run's epochs: metrics.csv, and the same for TensorBoard. Columns follow the loss's terms:
/// train_NAME_loss and val_NAME_loss.
class MetricsLog {
 public:
  MetricsLog(const std::filesystem::path& folder, const std::vector<TermName>& terms);

  /// Rows of an earlier process, as csv() gave them.
  void restore(const std::string& csv, const std::string& place);
  /// Adds a row and writes both files. NaN is an empty cell. TensorBoard's file gets the row alone; in a new process
  /// all of them, for what a resumed run had before.
  void append(const EpochRow& row);
  std::string csv() const;
  /// Of an epoch; NaN where it has none.
  double value(std::int64_t stage, std::int64_t epoch, const std::string& column) const;

 private:
  void write_events();

  std::filesystem::path file_;
  std::vector<TermName> terms_;
  std::vector<std::string> columns_;
  std::vector<std::vector<std::string>> rows_;
  EventFile events_;
  std::size_t events_written_ = 0;  // rows
};

}  // namespace lanet
