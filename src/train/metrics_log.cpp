#include "train/metrics_log.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/csv.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "train/run_folder.hpp"

namespace lanet {
namespace {

constexpr std::size_t kKeyColumns = 2;  // stage, epoch

std::vector<std::string> columns_of(const std::vector<TermName>& terms) {
  std::vector<std::string> columns{"stage", "epoch", "train_loss"};
  for (const TermName& term : terms) columns.push_back("train_" + term.name + "_loss");
  columns.emplace_back("val_loss");
  for (const TermName& term : terms)
    if (term.in_validation) columns.push_back("val_" + term.name + "_loss");
  for (const char* name : {"val_accuracy", "val_auc", "val_jsi", "learning_rate", "seconds", "images_per_second"})
    columns.emplace_back(name);
  return columns;
}

/// In the order of columns_of(), behind stage and epoch.
std::vector<double> values_of(const EpochRow& row, const std::vector<TermName>& terms) {
  std::vector<double> values{row.train.loss};
  values.insert(values.end(), row.train.parts.begin(), row.train.parts.end());
  values.push_back(row.val.means.loss);
  for (std::size_t index = 0; index < terms.size(); ++index)
    if (terms[index].in_validation) values.push_back(row.val.means.parts.at(index));
  for (const double value :
       {row.val.accuracy, row.val.auc, row.val.jsi, row.learning_rate, row.seconds, row.images_per_second})
    values.push_back(value);
  return values;
}

}  // namespace

std::string status_text(const EpochRow& row) {
  std::string text = "loss " + fixed(row.train.loss, 4) + " (val " + fixed(row.val.means.loss, 4) + ")";
  if (!std::isnan(row.val.accuracy))
    text += ", accuracy " + fixed(row.val.accuracy, 3) + ", AUC " + fixed(row.val.auc, 3);
  if (!std::isnan(row.val.jsi)) text += ", JSI " + fixed(row.val.jsi, 3);
  return text + ", " + fixed(row.images_per_second, 1) + " images/s";
}

MetricsLog::MetricsLog(const std::filesystem::path& folder, const std::vector<TermName>& terms)
    : file_(folder / kMetricsName), terms_(terms), columns_(columns_of(terms)), events_(folder / kEventsName) {}

void MetricsLog::restore(const std::string& csv, const std::string& place) { rows_ = parse_csv(csv, place).rows; }

void MetricsLog::append(const EpochRow& row) {
  std::vector<std::string> cells{std::to_string(row.stage), std::to_string(row.epoch)};
  for (const double value : values_of(row, terms_)) cells.push_back(std::isnan(value) ? "" : exact(value));
  rows_.push_back(std::move(cells));
  write_file_atomically(file_, csv());
  write_events();
}

std::string MetricsLog::csv() const { return to_csv(columns_, rows_); }

double MetricsLog::value(std::int64_t stage, std::int64_t epoch, const std::string& column) const {
  const auto place = static_cast<std::size_t>(std::find(columns_.begin(), columns_.end(), column) - columns_.begin());
  for (const auto& row : rows_)
    if (row[0] == std::to_string(stage) && row[1] == std::to_string(epoch))
      return row.at(place).empty() ? kNan : std::stod(row.at(place));
  return kNan;
}

void MetricsLog::write_events() {
  const double now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  for (; events_written_ < rows_.size(); ++events_written_) {
    const auto& row = rows_[events_written_];
    Scalars scalars;
    for (std::size_t column = kKeyColumns; column < row.size(); ++column)
      if (!row[column].empty()) scalars.emplace_back("stage" + row[0] + "/" + columns_[column], std::stod(row[column]));
    events_.append(now, std::stoll(row[1]), scalars);
  }
}

}  // namespace lanet
