#include "serve/multipart.hpp"

#include <algorithm>
#include <cctype>

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

constexpr std::size_t kMostBoundary = 70;       // RFC 2046
constexpr std::size_t kMostPartHead = 4 << 10;  // header lines of a part
constexpr std::size_t kMostName = 200;

DataError no_form(const std::string& got) {
  return DataError({"body", got, "multipart/form-data as RFC 7578 says", ""});
}

bool is_boundary_character(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 ||
         std::string_view("'()+_,-./:=? ").find(letter) != std::string_view::npos;
}

/// The value of a parameter as name=value or name="value"; nothing without it. Backslash escapes a quote.
std::optional<std::string> parameter(std::string_view header, const std::string& wanted) {
  std::size_t at = header.find(';');
  while (at != std::string_view::npos && at < header.size()) {
    const std::size_t equals = header.find('=', ++at);
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string name = to_lower(trim(header.substr(at, equals - at)));
    std::string value;
    at = equals + 1;
    if (at < header.size() && header[at] == '"') {
      for (++at; at < header.size() && header[at] != '"'; ++at) {
        if (header[at] == '\\' && at + 1 < header.size() && header[at + 1] == '"') ++at;
        value += header[at];
      }
      at = header.find(';', at);
    } else {
      const std::size_t end = std::min(header.find(';', at), header.size());
      value = trim(header.substr(at, end - at));
      at = end;
    }
    if (name == wanted) return value;
  }
  return std::nullopt;
}

/// The Content-Disposition among a part's header lines.
std::string disposition(std::string_view head) {
  for (const std::string& line : split_text(head, '\n')) {
    const std::size_t colon = line.find(':');
    if (colon != std::string::npos && to_lower(trim(line.substr(0, colon))) == "content-disposition")
      return trim(line.substr(colon + 1));
  }
  return "";
}

FormPart read_part(std::string_view bytes) {
  const std::size_t end = bytes.substr(0, kMostPartHead).find("\r\n\r\n");
  if (end == std::string_view::npos) throw no_form("a part without header lines");
  const std::string header = disposition(bytes.substr(0, end));
  const auto name = parameter(header, "name");
  if (!to_lower(header).starts_with("form-data") || !name) throw no_form("a part without a name");
  FormPart part{*name, "", bytes.substr(end + 4)};
  if (const auto file = parameter(header, "filename")) part.file_name = plain_file_name(*file);
  return part;
}

}  // namespace

std::optional<std::string> multipart_boundary(std::string_view content_type) {
  if (!to_lower(content_type).starts_with("multipart/form-data")) return std::nullopt;
  const auto boundary = parameter(content_type, "boundary");
  const bool allowed = boundary && !boundary->empty() && boundary->size() <= kMostBoundary && boundary->back() != ' ' &&
                       std::all_of(boundary->begin(), boundary->end(), is_boundary_character);
  return allowed ? boundary : std::nullopt;
}

std::vector<FormPart> parse_multipart(std::string_view body, const std::string& boundary, std::size_t most) {
  const std::string first = "--" + boundary, next = "\r\n--" + boundary;
  std::vector<FormPart> parts;
  // A preamble is allowed; it ends with a line break.
  std::size_t at = body.starts_with(first) ? first.size() : body.find(next);
  if (at == std::string_view::npos) throw no_form("no boundary");
  if (!body.starts_with(first)) at += next.size();
  for (;;) {
    if (body.substr(at).starts_with("--")) return parts;
    if (!body.substr(at).starts_with("\r\n")) throw no_form("a boundary without a line end");
    at += 2;
    const std::size_t end = body.find(next, at);
    if (end == std::string_view::npos) throw no_form("a last part without end");
    if (parts.size() == most)
      throw DataError(
          {"body", "more than " + std::to_string(most) + " parts", "that many or fewer", "send several requests"});
    parts.push_back(read_part(body.substr(at, end - at)));
    at = end + next.size();
  }
}

std::string plain_file_name(std::string_view name) {
  const std::size_t slash = name.find_last_of("/\\");
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  std::string plain;
  for (const char letter : name)
    if (static_cast<unsigned char>(letter) >= 0x20 && letter != 0x7F) plain += letter;
  using PlainJson = nlohmann::json;
  plain =
      PlainJson::parse(PlainJson(plain).dump(-1, ' ', false, PlainJson::error_handler_t::replace)).get<std::string>();
  // No cut in the middle of a UTF-8 character.
  std::size_t length = std::min(plain.size(), kMostName);
  while (length < plain.size() && length > 0 && (static_cast<unsigned char>(plain[length]) & 0xC0) == 0x80) --length;
  plain.resize(length);
  return plain.empty() || plain == "." || plain == ".." ? "upload" : plain;
}

}  // namespace lanet
