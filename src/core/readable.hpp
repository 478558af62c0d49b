#pragma once

#include <string>
#include <string_view>

namespace lanet {

/// Text that any reader takes, of bytes that may be anything (names of files): UTF-8 stays as it is; every byte that is
/// none, and every control letter, becomes "\xNN". Two names stay two: a backslash before "xNN" is doubled.
std::string readable(std::string_view bytes);

/// A cell as a spreadsheet shall show it: one that begins with = + - @ TAB or CR, and is no number, would be computed;
/// an apostrophe before it makes it text.
std::string spreadsheet_cell(const std::string& cell);

}  // namespace lanet
