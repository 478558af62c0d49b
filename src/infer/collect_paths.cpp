#include "infer/collect_paths.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <glob.h>
#include <sys/stat.h>

#include "core/error.hpp"
#include "core/text.hpp"
#include "dicom/dicom_file.hpp"
#include "dicom/dicomdir.hpp"
#include "dicom/lanet_result.hpp"
#include "image/codec.hpp"
#include "infer/archive.hpp"
#include "infer/picture_content.hpp"
#include "infer/result_name.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWhatIsRead = "PNG, JPEG, BMP, TIFF, WebP, GIF or DICOM files, or archives of them";

/// Damaged archives and DICOM files are known by their name alone: they shall be named, not passed over. Of archives
/// the name counts in any case: office documents are zips, too.
bool is_input(const fs::path& file) {
  if (has_image_extension(file)) return true;
  return file.filename() != "DICOMDIR" && (has_dicom_extension(file) || has_archive_extension(file) ||
                                           is_dicom_file(file) || is_unnamed_picture_file(file));
}

/// A DICOMDIR that cannot be read is a problem of its own.
DicomdirImages images_of_medium(const fs::path& dicomdir) {
  try {
    DicomdirImages listed = read_dicomdir(dicomdir);
    if (listed.files.empty() && listed.problems.empty())
      listed.problems.push_back(
          Problem{dicomdir.string(), "no image in the directory", "records of images", "name its folder instead"}
              .line());
    return listed;
  } catch (const DataError& error) {
    return {{}, {error.what()}};
  } catch (const SystemError& error) {
    return {{}, {error.what()}};
  }
}

std::vector<fs::path> expand_pattern(const std::string& pattern) {
  glob_t found{};
  std::vector<fs::path> paths;
  if (glob(pattern.c_str(), GLOB_TILDE, nullptr, &found) == 0)
    for (std::size_t index = 0; index < found.gl_pathc; ++index) paths.emplace_back(found.gl_pathv[index]);
  globfree(&found);
  return paths;
}

class Collector {
 public:
  explicit Collector(bool leave_out_results) : leave_out_results_(leave_out_results) {}

  void take(const std::string& text) {
    std::error_code ignored;
    std::vector<fs::path> matches{text};
    if (fs::symlink_status(text, ignored).type() == fs::file_type::not_found) matches = expand_pattern(text);
    if (matches.empty()) say(text, "no such file, folder or match", "images");
    for (const fs::path& match : matches) take_match(match);
  }

  CollectedPaths finish() {
    if (results_ > 0)
      collected_.notes.push_back(count_of(results_, "result of lanet was", "results of lanet were") + " left out");
    if (repeated_ > 0)
      collected_.notes.push_back(count_of(repeated_, "further name", "further names") +
                                 " of files that are looked at once (links, or paths named twice) " +
                                 (repeated_ == 1 ? "was" : "were") + " left out");
    if (!linked_folders_.empty())
      collected_.notes.push_back(count_of(linked_folders_.size(), "link to a folder was", "links to folders were") +
                                 " not followed (" + linked_folders_.front().string() +
                                 "); name the folder itself to look into it");
    if (!masks_.empty())
      collected_.notes.push_back(count_of(masks_.size(), "file was", "files were") + " left out as " +
                                 (masks_.size() == 1 ? "a mask" : "masks") + " (" + masks_.front().string() +
                                 "); name the file itself to look at it");
    if (others_ > 0)
      collected_.notes.push_back(count_of(others_, "file of another kind was", "files of other kinds were") +
                                 " left out (" + join_text({other_endings_.begin(), other_endings_.end()}, ", ") + ")");
    if (!mask_folders_.empty())
      collected_.notes.push_back(count_of(mask_folders_.size(), "folder of masks was", "folders of masks were") +
                                 " left out (" + mask_folders_.front().string() +
                                 "); name the folder itself to look into it");
    return std::move(collected_);
  }

 private:
  void say(const fs::path& place, const std::string& got, const char* expected, const char* remedy = "") {
    collected_.problems.push_back(Problem{place.string(), got, expected, remedy}.line());
  }

  void take_match(const fs::path& match) {
    std::error_code failed;
    const fs::file_type type = fs::status(match, failed).type();
    if (type == fs::file_type::directory) return take_folder(match);
    if (type == fs::file_type::not_found) return say(match, "a link that leads nowhere", "images");
    if (type == fs::file_type::none) return say(match, "cannot be opened (" + failed.message() + ")", "images");
    if (type != fs::file_type::regular) return say(match, "a pipe or a device", "a plain file");
    if (!is_dicomdir(match)) return add(match, match.filename());
    const DicomdirImages listed = images_of_medium(match);
    for (const fs::path& file : listed.files) add(file, file.lexically_relative(match.parent_path()));
    collected_.problems.insert(collected_.problems.end(), listed.problems.begin(), listed.problems.end());
  }

  void take_folder(const fs::path& folder) {
    const std::size_t problems_before = collected_.problems.size();
    const std::size_t left_out_before = left_out();
    std::vector<fs::path> files;
    search(folder, files);
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) add(file, file.lexically_relative(folder));
    if (files.empty() && problems_before == collected_.problems.size() && left_out_before == left_out())
      say(folder, "no image", kWhatIsRead);
  }

  /// What a note names; files of other kinds make a folder no less empty.
  std::size_t left_out() const { return linked_folders_.size() + mask_folders_.size() + masks_.size(); }

  void take_file(const fs::path& file, std::vector<fs::path>& files) {
    if (!is_input(file)) {
      ++others_;
      other_endings_.insert(file.has_extension() ? to_lower(file.extension().string()) : "without an extension");
    } else if (is_mask_name(file) && !(leave_out_results_ && is_lanet_result_file(file)) && holds_a_mask_file(file)) {
      masks_.push_back(file);
    } else {
      files.push_back(file);
    }
  }

  void search(const fs::path& folder, std::vector<fs::path>& files) {
    std::error_code failed;
    fs::directory_iterator entries(folder, failed);
    if (failed)
      return say(folder, "cannot be searched (" + failed.message() + ")", "a folder that may be read",
                 "give yourself the right to read it, or leave it out");
    for (; entries != fs::directory_iterator(); entries.increment(failed)) {
      if (failed) return say(folder, "cannot be searched (" + failed.message() + ")", "a folder that may be read");
      const fs::path path = entries->path();
      if (is_hidden_name(path)) continue;
      std::error_code ignored;
      const fs::file_type type = entries->status(ignored).type();
      if (type == fs::file_type::directory && entries->is_symlink(ignored))
        linked_folders_.push_back(path);
      else if (type == fs::file_type::directory && is_mask_folder_name(path.filename().string()))
        mask_folders_.push_back(path);
      else if (type == fs::file_type::directory)
        search(path, files);
      else if (type == fs::file_type::regular)
        take_file(path, files);
      else if (type == fs::file_type::not_found && has_image_extension(path) && !is_mask_name(path))
        say(path, "a link that leads nowhere", "an image");
      else if (type != fs::file_type::regular && type != fs::file_type::none && has_image_extension(path))
        say(path, "a pipe or a device", "a plain file");
    }
  }

  void add(const fs::path& file, const fs::path& name) {
    struct stat status {};
    if (::stat(file.c_str(), &status) == 0 && !seen_.insert({status.st_dev, status.st_ino}).second) {
      ++repeated_;
      return;
    }
    if (leave_out_results_ && is_lanet_result_file(file)) {
      ++results_;
      return;
    }
    collected_.files.push_back({file, result_name(name, names_)});
  }

  const bool leave_out_results_;
  CollectedPaths collected_;
  std::set<std::string> names_;
  std::set<std::pair<dev_t, ino_t>> seen_;
  std::vector<fs::path> linked_folders_, mask_folders_, masks_;
  std::size_t results_ = 0, repeated_ = 0, others_ = 0;
  std::set<std::string> other_endings_;
};

CollectedPaths collect(const std::vector<std::string>& paths, bool leave_out_results) {
  Collector collector(leave_out_results);
  for (const std::string& path : paths) collector.take(path);
  return collector.finish();
}

}  // namespace

CollectedPaths collect_inputs(const std::vector<std::string>& paths) { return collect(paths, true); }

std::vector<PathToPredict> collect_paths(const std::vector<std::string>& paths, std::vector<std::string>& problems) {
  CollectedPaths collected = collect(paths, false);
  problems.insert(problems.end(), collected.problems.begin(), collected.problems.end());
  return std::move(collected.files);
}

}  // namespace lanet
