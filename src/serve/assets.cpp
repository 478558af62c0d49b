#include "serve/assets.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/sha256.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostBytes = 64 << 20;
constexpr std::size_t kEtagDigits = 24;

std::string etag_of(std::string_view bytes) { return '"' + sha256_hex(bytes).substr(0, kEtagDigits) + '"'; }

/// No empty, dotted or odd part: nothing that a file system takes for more than a name.
bool is_plain_path(const std::string& path) {
  const auto parts = split_text(path, '/');
  return std::all_of(parts.begin(), parts.end(), [](const std::string& part) {
    return !part.empty() && part.front() != '.' && std::all_of(part.begin(), part.end(), [](char letter) {
      return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '.' || letter == '-' || letter == '_';
    });
  });
}

}  // namespace

Assets::Assets(const fs::path& folder) : folder_(folder) {
  if (!folder_.empty() && !fs::is_directory(folder_))
    throw ConfigError({"--web", folder_.string() + " is no folder", "a folder with index.html", ""});
  for (const EmbeddedFile& file : embedded_files()) etags_.emplace(file.path, etag_of(file.bytes));
}

std::optional<Asset> Assets::find(const std::string& path) const {
  if (!is_plain_path(path)) return std::nullopt;
  if (!folder_.empty()) {
    const fs::path file = folder_ / path;
    std::error_code code;
    if (!fs::is_regular_file(file, code)) return std::nullopt;
    std::string bytes = read_file(file, kMostBytes);
    std::string etag = etag_of(bytes);
    return Asset{std::move(bytes), mime_type(path), std::move(etag)};
  }
  for (const EmbeddedFile& file : embedded_files())
    if (file.path == path) return Asset{std::string(file.bytes), mime_type(path), etags_.find(path)->second};
  return std::nullopt;
}

std::string mime_type(const std::string& path) {
  struct Type {
    std::string_view ending, type;
  };
  constexpr std::array kTypes{Type{".html", "text/html; charset=utf-8"},
                              Type{".js", "text/javascript; charset=utf-8"},
                              Type{".mjs", "text/javascript; charset=utf-8"},
                              Type{".css", "text/css; charset=utf-8"},
                              Type{".json", "application/json"},
                              Type{".svg", "image/svg+xml"},
                              Type{".png", "image/png"},
                              Type{".ico", "image/x-icon"},
                              Type{".woff2", "font/woff2"},
                              Type{".txt", "text/plain; charset=utf-8"},
                              Type{".webmanifest", "application/manifest+json"}};
  for (const Type& type : kTypes)
    if (path.ends_with(type.ending)) return std::string(type.type);
  return "application/octet-stream";
}

}  // namespace lanet
