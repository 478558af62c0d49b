#include "core/csv.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>

#include "core/encoding.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/settings.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // UTF-8
constexpr std::string_view kDelimiters = ",;\t";
constexpr std::string_view kQuotedInRows = ",\"\r\n";
constexpr std::string_view kQuotedInHeader = ",;\t\"\r\n";  // else the delimiter would be recognised wrongly

/// One record (row of cells) at a time; quotes may hold separators and line breaks.
class RecordReader {
 public:
  RecordReader(std::string_view text, std::string place, char delimiter)
      : text_(text), place_(std::move(place)), delimiter_(delimiter), ends_{delimiter, '\r', '\n'} {}

  bool done() const { return position_ >= text_.size(); }
  std::int64_t line() const { return line_; }
  /// Whether the last record was a line of nothing but spaces; `""` is an empty cell.
  bool was_blank() const { return was_blank_; }
  /// Passes over a whole line.
  void next_line() {
    position_ = std::min(text_.find_first_of("\r\n", position_), text_.size());
    skip_line_end();
  }

  std::vector<std::string> next() {
    std::vector<std::string> cells;
    was_blank_ = done() || text_[position_] != '"';
    while (true) {
      cells.push_back(next_cell());
      if (done() || text_[position_] != delimiter_) break;
      ++position_;
      if (done()) {  // a delimiter at the very end opens one more, empty cell
        cells.emplace_back();
        break;
      }
    }
    skip_line_end();
    was_blank_ = was_blank_ && cells.size() == 1 && trim(cells[0]).empty();
    return cells;
  }

 private:
  std::string next_cell() {
    if (!done() && text_[position_] == '"') return quoted_cell();
    const std::size_t end = std::min(text_.find_first_of(ends_, position_), text_.size());
    const std::string cell(text_.substr(position_, end - position_));
    position_ = end;
    return cell;
  }

  std::string quoted_cell() {
    const std::int64_t opened = line_;
    std::string cell;
    for (++position_; !done(); ++position_) {
      const char letter = text_[position_];
      if (letter == '"') {
        if (position_ + 1 >= text_.size() || text_[position_ + 1] != '"') return close_quote(cell);
        ++position_;
      }
      if (letter == '\n') ++line_;
      cell += letter;
    }
    throw DataError({place_ + ":" + std::to_string(opened), "a quote that is never closed", "a closing \"", ""});
  }

  std::string close_quote(const std::string& cell) {
    ++position_;
    if (!done() && text_.find_first_of(ends_, position_) != position_)
      throw DataError({place_ + ":" + std::to_string(line_), "text after a closing quote", "a delimiter or a line end",
                       "write a quote inside quotes twice"});
    return cell;
  }

  void skip_line_end() {
    if (!done() && text_[position_] == '\r') ++position_;
    if (!done() && text_[position_] == '\n') ++position_;
    ++line_;
  }

  std::string_view text_;
  std::string place_;
  char delimiter_;
  std::string ends_;  // of a cell without quotes
  std::size_t position_ = 0;
  std::int64_t line_ = 1;
  bool was_blank_ = false;
};

/// Cells that the spreadsheet's own header line "sep=;" names; nothing for any other text.
std::optional<char> told_delimiter(std::string_view text) {
  constexpr std::string_view kTold = "sep=";
  if (to_lower(text.substr(0, kTold.size())) != kTold || text.size() <= kTold.size()) return std::nullopt;
  const char delimiter = text[kTold.size()];
  const std::size_t after = kTold.size() + 1;
  const bool alone = after == text.size() || text[after] == '\r' || text[after] == '\n';
  return alone && kDelimiters.find(delimiter) != std::string_view::npos ? std::optional(delimiter) : std::nullopt;
}

/// How many cells the header and each of the first rows have with this delimiter; 0 where they differ.
std::size_t common_cells(std::string_view text, char delimiter) {
  constexpr std::size_t kRowsLooked = 6;
  RecordReader reader(text, "", delimiter);
  std::size_t cells = 0;
  try {
    for (std::size_t row = 0; row < kRowsLooked && !reader.done();) {
      const std::size_t here = reader.next().size();
      if (reader.was_blank()) continue;
      if (row++ > 0 && here != cells) return 0;
      cells = here;
    }
  } catch (const DataError&) {
    return 0;
  }
  return cells;
}

char recognised_delimiter(std::string_view text) {
  for (const char delimiter : kDelimiters)
    if (common_cells(text, delimiter) > 1) return delimiter;
  // Rows differ in every reading: the header alone decides, and the rows get their lines.
  const std::string_view header = text.substr(0, text.find_first_of("\r\n"));
  for (const char delimiter : kDelimiters)
    if (common_cells(header, delimiter) > 1) return delimiter;
  return kDelimiters.front();
}

void leave_out_empty_end(std::vector<std::string>& cells, std::size_t wanted) {
  while (cells.size() > wanted && trim(cells.back()).empty()) cells.pop_back();
}

std::string quote_if_needed(const std::string& cell, std::string_view special) {
  // At the start of a file a mark would be taken for the file's own.
  if (cell.find_first_of(special) == std::string::npos && !cell.starts_with(kByteOrderMark)) return cell;
  std::string quoted = "\"";
  for (const char letter : cell) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted + '"';
}

std::string line_of(const std::vector<std::string>& cells, std::string_view special) {
  std::vector<std::string> quoted;
  for (const std::string& cell : cells) quoted.push_back(quote_if_needed(cell, special));
  if (quoted.size() == 1 && trim(quoted[0]).empty()) return "\"" + quoted[0] + "\"\n";  // no blank line
  return join_text(quoted, ",") + "\n";
}

}  // namespace

std::int64_t CsvTable::find_column(std::string_view name) const {
  for (std::size_t column = 0; column < columns.size(); ++column)
    if (columns[column] == name) return static_cast<std::int64_t>(column);
  for (std::size_t column = 0; column < columns.size(); ++column)
    if (to_lower(columns[column]) == to_lower(name)) return static_cast<std::int64_t>(column);
  return -1;
}

std::int64_t CsvTable::require_column(std::string_view name) const {
  const std::int64_t column = find_column(name);
  if (column >= 0) return column;
  const std::string near = nearest_name(name, columns);
  throw DataError({place, "no column '" + std::string(name) + "' among " + join_text(columns, ", "),
                   "a header row with it", near.empty() ? "" : "is '" + near + "' meant?"});
}

std::string CsvTable::row_place(std::size_t row) const { return place + ":" + std::to_string(lines.at(row)); }

std::string CsvTable::with_decimal_points(std::string_view cell) const {
  std::string text(cell);
  if (delimiter != ',') std::replace(text.begin(), text.end(), ',', '.');
  return text;
}

CsvTable parse_csv(std::string_view text, const std::string& place, std::vector<std::string>* bad_rows) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  CsvTable table;
  table.place = place;
  const auto told = told_delimiter(text);
  table.delimiter = told ? *told : recognised_delimiter(text);
  RecordReader reader(text, place, table.delimiter);
  if (told) reader.next_line();
  while (!reader.done()) {
    const std::int64_t line = reader.line();
    std::vector<std::string> cells = reader.next();
    if (reader.was_blank()) continue;
    if (table.columns.empty()) {
      for (std::string& cell : cells) cell = trim(cell);
      leave_out_empty_end(cells, 1);
      const std::set<std::string> distinct(cells.begin(), cells.end());
      if (distinct.size() != cells.size())
        throw DataError({place + ":" + std::to_string(line), "a column name twice in " + join_text(cells, ", "),
                         "different names", ""});
      table.columns = std::move(cells);
      continue;
    }
    leave_out_empty_end(cells, table.columns.size());
    if (cells.size() != table.columns.size()) {
      const DataError wrong({place + ":" + std::to_string(line), count_of(cells.size(), "cell", "cells"),
                             std::to_string(table.columns.size()) + " as in the header", ""});
      if (bad_rows == nullptr) throw wrong;
      bad_rows->emplace_back(wrong.what());
      continue;
    }
    table.rows.push_back(std::move(cells));
    table.lines.push_back(line);
  }
  if (table.columns.empty()) throw DataError({place, "an empty file", "a header row", ""});
  return table;
}

CsvTable read_csv(const std::filesystem::path& path) {
  const std::string bytes = read_text_file(path);
  const DecodedText decoded = decode_text(bytes);
  const bool wide = decoded.encoding.starts_with("UTF-");
  return parse_csv(wide ? decoded.text : bytes, path.string());
}

std::string csv_line(const std::vector<std::string>& cells) { return line_of(cells, kQuotedInRows); }

std::string to_csv(const std::vector<std::string>& columns, const std::vector<std::vector<std::string>>& rows) {
  std::string text = line_of(columns, kQuotedInHeader);
  for (const auto& row : rows) text += csv_line(row);
  return text;
}

double parse_number(std::string_view cell, const std::string& place, std::string_view column) {
  const std::string text = trim(cell);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    throw DataError({place + ": " + std::string(column), "'" + text.substr(0, 40) + "'", "a number", ""});
  return value;
}

std::int64_t parse_integer(std::string_view cell, const std::string& place, std::string_view column) {
  const std::string text = trim(cell);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw DataError({place + ": " + std::string(column), "'" + text.substr(0, 40) + "'", "a whole number", ""});
  return value;
}

}  // namespace lanet
