#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace lanet {

/// A table with a header row (RFC 4180; a UTF-8 byte-order mark, CRLF, quotes and line breaks inside quotes are
/// understood). Cells are separated by commas, semicolons or tabs: the first of them with which the header and the
/// first rows have the same number of cells, two or more; or by what a first line "sep=;" says.
struct CsvTable {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  // each as long as columns
  std::vector<std::int64_t> lines;             // line in the file where row i starts, for messages
  std::string place;                           // file name, for messages
  char delimiter = ',';                        // with any other, numbers may have a decimal comma

  /// Index of a column, or -1. A name in other case counts where no column has the very name.
  std::int64_t find_column(std::string_view name) const;
  /// Index of a column. Throws DataError naming the file, the missing column and the nearest present one.
  std::int64_t require_column(std::string_view name) const;
  /// "place:line" of a row.
  std::string row_place(std::size_t row) const;
  /// A cell whose number may have a decimal comma, as parse_number reads it: "0,07" is "0.07" where commas do not
  /// separate the cells.
  std::string with_decimal_points(std::string_view cell) const;
};

/// Throws DataError for an unclosed quote, a row with too many or too few cells, a repeated column, an empty file.
/// Empty cells past the last named column are left out, as spreadsheets write them. `bad_rows`: where given, a row with
/// another number of cells than the header becomes a line there, and the other rows are read.
CsvTable parse_csv(std::string_view text, const std::string& place, std::vector<std::string>* bad_rows = nullptr);
/// UTF-8, or UTF-16 and UTF-32 where a mark or zero bytes show them. Other bytes stay as they are: file names may hold
/// them.
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
