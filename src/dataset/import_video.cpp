#include <algorithm>
#include <array>

#include "core/child_process.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "dataset/import_common.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 7> kExtensions = {".mp4", ".avi", ".mov", ".mkv", ".mpg", ".wmv", ".webm"};

bool is_video(const fs::path& file) {
  const std::string extension = to_lower(file.extension().string());
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

/// Every n-th frame as PNG, by ffmpeg: a damaged or hostile video then ends another process, not this one.
void write_frames(const fs::path& video, const fs::path& folder, std::int64_t every) {
  fs::remove_all(folder);
  fs::create_directories(folder);
  const ChildResult result = run_child(
      {"ffmpeg", "-nostdin", "-v", "error", "-protocol_whitelist", "file", "-i", fs::absolute(video).string(), "-vf",
       "select=not(mod(n\\," + std::to_string(every) + "))", "-vsync", "0", (folder / "%06d.png").string()});
  if (result.exit_code == 0) return;
  const auto lines = split_text(trim(result.output), '\n');
  throw DataError({video.string(), "a video that ffmpeg cannot read (" + lines.back() + ")", "a whole video file", ""});
}

}  // namespace

// One folder a class with videos in it; the frames of a video are one group. Frames have a class and no location.
Imported import_video(const ImportOptions& options) {
  if (options.out.empty()) throw ConfigError({"--out", "none", "a folder for the frames", ""});
  if (options.every < 1) throw ConfigError({"--every", std::to_string(options.every), "1 or more", ""});
  Imported imported;
  imported.manifest.folder = options.out;
  std::vector<fs::path> videos;
  for (const auto& entry : fs::recursive_directory_iterator(options.source))
    if (entry.is_regular_file() && is_video(entry.path())) videos.push_back(entry.path());
  std::sort(videos.begin(), videos.end());
  for (const fs::path& video : videos) {
    const std::string class_name = video.parent_path() == options.source ? "" : video.parent_path().filename().string();
    const std::string name = (class_name.empty() ? "" : class_name + "_") + video.stem().string();
    try {
      write_frames(video, options.out / "frames" / name, options.every);
    } catch (const DataError& error) {
      imported.report.problems.emplace_back(error.what());
      continue;
    }
    for (const fs::path& frame : image_files(options.out / "frames" / name)) {
      Sample sample;
      sample.id = name + "_" + frame.stem().string();
      sample.image = relative_to(frame, options.out);
      sample.class_name = class_name;
      sample.group = name;
      sample.source = options.source.filename().string();
      imported.manifest.samples.push_back(std::move(sample));
    }
  }
  return imported;
}

}  // namespace lanet
