#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace lanet {

/// A table with a header row (RFC 4180; a UTF-8 byte-order mark, CRLF, quotes and line breaks inside quotes are
/// understood).
struct CsvTable {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  // each as long as columns
  std::vector<std::int64_t> lines;             // line in the file where row i starts, for messages
  std::string place;                           // file name, for messages

  /// Index of a column, or -1.
  std::int64_t find_column(std::string_view name) const;
  /// Index of a column. Throws DataError naming the file, the missing column and the nearest present one.
  std::int64_t require_column(std::string_view name) const;
  /// "place:line" of a row.
  std::string row_place(std::size_t row) const;
};

/// Throws DataError for an unclosed quote, a row with too many or too few cells, a repeated column, an empty file.
CsvTable parse_csv(std::string_view text, const std::string& place);
CsvTable read_csv(const std::filesystem::path& path);

/// One row with its LF.
std::string csv_line(const std::vector<std::string>& cells);
/// Text of a table with LF line ends; cells are quoted only where needed.
std::string to_csv(const std::vector<std::string>& columns, const std::vector<std::vector<std::string>>& rows);

/// The whole cell as a number. Throws DataError "place: column: lanet found 'x' but needs a number" (also for NaN and
/// infinity).
double parse_number(std::string_view cell, const std::string& place, std::string_view column);
std::int64_t parse_integer(std::string_view cell, const std::string& place, std::string_view column);

}  // namespace lanet
