#pragma once

#include <map>
#include <string>
#include <string_view>

namespace lanet {

/// Stored (uncompressed) entries of a zip archive by name, as views into `bytes`; zip64 is understood. Throws DataError
/// for a damaged archive, a compressed or encrypted entry, ranges outside the file, a name twice.
std::map<std::string, std::string_view> read_stored_zip(std::string_view bytes, const std::string& place);

}  // namespace lanet
