#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lanet {

/// One part of a multipart/form-data body (RFC 7578).
struct FormPart {
  std::string name;
  std::string file_name;     // without folders; "" where none was given
  std::string_view content;  // within the body
};

/// The boundary that a Content-Type names; nothing for another type or a boundary that RFC 2046 does not allow.
std::optional<std::string> multipart_boundary(std::string_view content_type);

/// The parts of a body, in order. Throws DataError for a body that is none, a part without a name, more parts than
/// `most`.
std::vector<FormPart> parse_multipart(std::string_view body, const std::string& boundary, std::size_t most);

/// The last part of a path as Windows or Unix write it, without control characters, valid UTF-8 of at most 200 bytes;
/// "upload" for nothing.
std::string plain_file_name(std::string_view name);

}  // namespace lanet
