#include "dataset/picture_finder.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "core/error.hpp"
#include "core/text.hpp"
#include "dataset/mask_names.hpp"
#include "image/codec.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

bool is_mask_folder(const fs::path& folder) {
  const std::string name = folder.filename().string(), lower = to_lower(name);
  return lower == "segmentationclass" || lower == "segmentationobject" || is_folder_of_pure_masks(name);
}

bool lies_in(const fs::path& file, const fs::path& root) {
  const fs::path relative = file.lexically_relative(root);
  return !relative.empty() && *relative.begin() != "..";
}

/// How many parts of two paths are equal, from the end.
std::size_t common_end(const fs::path& first, const fs::path& second) {
  std::vector<fs::path> one(first.begin(), first.end()), two(second.begin(), second.end());
  std::size_t count = 0;
  while (count < one.size() && count < two.size() && one[one.size() - 1 - count] == two[two.size() - 1 - count])
    ++count;
  return count;
}

}  // namespace

std::string plain_path(std::string path) {
  std::replace(path.begin(), path.end(), '\\', '/');
  constexpr std::string_view kScheme = "file://";
  if (path.starts_with(kScheme)) path.erase(0, kScheme.size());
  if (path.size() > 2 && std::isalpha(static_cast<unsigned char>(path[0])) && path[1] == ':' && path[2] == '/')
    path.erase(0, 2);
  return path;
}

PictureFinder::PictureFinder(fs::path root) : root_(fs::absolute(root).lexically_normal()) {
  if (!root_.has_filename()) root_ = root_.parent_path();
}

void PictureFinder::list() {
  if (listed_) return;
  listed_ = true;
  std::error_code code;
  fs::recursive_directory_iterator entry(root_, fs::directory_options::skip_permission_denied, code), end;
  while (!code && entry != end) {
    const fs::path& path = entry->path();
    const bool hidden = path.filename().string().starts_with('.');
    std::error_code ignored;
    if (entry->is_directory(ignored) && (hidden || is_mask_folder(path)))
      entry.disable_recursion_pending();
    else if (!hidden && has_image_extension(path) && entry->is_regular_file(ignored))
      pictures_.push_back(path);
    entry.increment(code);
  }
  std::sort(pictures_.begin(), pictures_.end());
  for (const fs::path& picture : pictures_) {
    by_name_.emplace(to_lower(picture.filename().string()), picture);
    by_stem_.emplace(to_lower(picture.stem().string()), picture);
  }
}

const std::vector<fs::path>& PictureFinder::pictures() {
  list();
  return pictures_;
}

std::optional<fs::path> PictureFinder::by_path(const std::string& name, const fs::path& beside) const {
  std::vector<fs::path> bases;
  for (const fs::path& base : {beside, root_})
    if (!base.empty()) bases.insert(bases.end(), {base, base / "images"});
  for (const fs::path& base : bases)
    for (const std::string& spelling : {name, plain_path(name)}) {
      const fs::path file = (fs::absolute(base) / spelling).lexically_normal();
      std::error_code code;
      if (lies_in(file, root_) && fs::is_regular_file(file, code)) return file;
    }
  return std::nullopt;
}

std::optional<fs::path> PictureFinder::find(const std::string& name, const fs::path& beside, const std::string& place,
                                            ImportReport& report) {
  const auto refuse = [&](const std::string& got, const std::string& expected, const std::string& remedy) {
    report.problems.push_back(Problem{place, got, expected, remedy}.line());
    return std::nullopt;
  };
  const std::string expected = "a picture below " + root_.string();
  if (trim(name).empty()) return refuse("an annotation without a picture's name", expected, "left out");
  if (const auto file = by_path(name, beside)) {
    claimed_[*file] = name;
    return file;
  }
  list();
  const fs::path wanted(plain_path(name));
  const bool has_extension = has_image_extension(wanted);
  const auto& names = has_extension ? by_name_ : by_stem_;
  const auto [first, last] = names.equal_range(to_lower(wanted.filename().string()));
  std::vector<fs::path> best;
  std::size_t most = 0;
  for (auto entry = first; entry != last; ++entry) {
    const fs::path compared = has_extension ? entry->second : fs::path(entry->second).replace_extension();
    const std::size_t parts = common_end(compared, wanted);
    if (parts > most) best.clear();
    most = std::max(most, parts);
    if (parts == most) best.push_back(entry->second);
  }
  if (best.empty()) return refuse("no picture '" + name + "'", expected, "name their folder by --image-root");
  if (best.size() > 1)
    return refuse("the picture '" + name + "', which " + best[0].string() + " and " + best[1].string() + " may be",
                  "one such picture", "write its folder before its name");
  const auto [claim, fresh] = claimed_.emplace(best[0], name);
  if (!fresh && claim->second != name)
    return refuse("no picture '" + name + "' (" + best[0].string() + " is '" + claim->second + "')", expected,
                  "left out");
  return best[0];
}

std::vector<std::string> distinct_ids(const std::vector<fs::path>& paths) {
  std::map<std::string, int> stems, bare;
  const auto bare_of = [](const fs::path& path) { return fs::path(path).replace_extension().generic_string(); };
  for (const fs::path& path : paths) {
    ++stems[path.stem().string()];
    ++bare[bare_of(path)];
  }
  std::vector<std::string> ids;
  for (const fs::path& path : paths)
    ids.push_back(stems[path.stem().string()] == 1 ? path.stem().string()
                  : bare[bare_of(path)] == 1       ? bare_of(path)
                                                   : path.generic_string());
  return ids;
}

}  // namespace lanet
