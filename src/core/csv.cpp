#include "core/csv.hpp"

#include <charconv>
#include <cmath>
#include <set>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/settings.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // UTF-8

/// One record (row of cells) at a time; quotes may hold separators and line breaks.
class RecordReader {
 public:
  RecordReader(std::string_view text, std::string place) : text_(text), place_(std::move(place)) {
    if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
  }

  bool done() const { return position_ >= text_.size(); }
  std::int64_t line() const { return line_; }
  /// Whether the last record was a line of nothing but spaces; `""` is an empty cell.
  bool was_blank() const { return was_blank_; }

  std::vector<std::string> next() {
    std::vector<std::string> cells;
    was_blank_ = done() || text_[position_] != '"';
    while (true) {
      cells.push_back(next_cell());
      if (done() || text_[position_] != ',') break;
      ++position_;
      if (done()) {  // a comma at the very end opens one more, empty cell
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
    const std::size_t end = std::min(text_.find_first_of(",\r\n", position_), text_.size());
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
    if (!done() && text_.find_first_of(",\r\n", position_) != position_)
      throw DataError({place_ + ":" + std::to_string(line_), "text after a closing quote", "a comma or a line end",
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
  std::size_t position_ = 0;
  std::int64_t line_ = 1;
  bool was_blank_ = false;
};

std::string quote_if_needed(const std::string& cell) {
  // At the start of a file a mark would be taken for the file's own.
  if (cell.find_first_of(",\"\r\n") == std::string::npos && !cell.starts_with(kByteOrderMark)) return cell;
  std::string quoted = "\"";
  for (const char letter : cell) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted + '"';
}

}  // namespace

std::int64_t CsvTable::find_column(std::string_view name) const {
  for (std::size_t column = 0; column < columns.size(); ++column)
    if (columns[column] == name) return static_cast<std::int64_t>(column);
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

CsvTable parse_csv(std::string_view text, const std::string& place) {
  RecordReader reader(text, place);
  CsvTable table;
  table.place = place;
  while (!reader.done()) {
    const std::int64_t line = reader.line();
    std::vector<std::string> cells = reader.next();
    if (reader.was_blank()) continue;
    if (table.columns.empty()) {
      for (std::string& cell : cells) cell = trim(cell);
      const std::set<std::string> distinct(cells.begin(), cells.end());
      if (distinct.size() != cells.size())
        throw DataError({place + ":" + std::to_string(line), "a column name twice in " + join_text(cells, ", "),
                         "different names", ""});
      table.columns = std::move(cells);
      continue;
    }
    if (cells.size() != table.columns.size())
      throw DataError({place + ":" + std::to_string(line), std::to_string(cells.size()) + " cells",
                       std::to_string(table.columns.size()) + " as in the header", ""});
    table.rows.push_back(std::move(cells));
    table.lines.push_back(line);
  }
  if (table.columns.empty()) throw DataError({place, "an empty file", "a header row", ""});
  return table;
}

CsvTable read_csv(const std::filesystem::path& path) { return parse_csv(read_text_file(path), path.string()); }

std::string csv_line(const std::vector<std::string>& cells) {
  std::vector<std::string> quoted;
  for (const std::string& cell : cells) quoted.push_back(quote_if_needed(cell));
  if (quoted.size() == 1 && trim(quoted[0]).empty()) return "\"" + quoted[0] + "\"\n";  // no blank line
  return join_text(quoted, ",") + "\n";
}

std::string to_csv(const std::vector<std::string>& columns, const std::vector<std::vector<std::string>>& rows) {
  std::string text = csv_line(columns);
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
