#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lanet {

/// A file of web/ as it was built in (cmake/embed.cmake).
struct EmbeddedFile {
  std::string_view path;  // "index.html", "vendor/uplot.js"
  std::string_view bytes;
};
const std::vector<EmbeddedFile>& embedded_files();

/// A file of the page.
struct Asset {
  std::string bytes;
  std::string type;  // MIME type
  std::string etag;  // with its quotes
};

/// The page's files: those that were built in, or those of a folder, read anew each time.
class Assets {
 public:
  /// folder: empty: those built in. Throws ConfigError where it is no folder.
  explicit Assets(const std::filesystem::path& folder);
  /// path: "index.html", "vendor/uplot.js". Nothing for one that is not there, or leads out of the folder.
  std::optional<Asset> find(const std::string& path) const;

 private:
  std::filesystem::path folder_;
  std::map<std::string, std::string, std::less<>> etags_;  // of those built in
};

/// By the name's ending; application/octet-stream for one that is not known.
std::string mime_type(const std::string& path);

}  // namespace lanet
