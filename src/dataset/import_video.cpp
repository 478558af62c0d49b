#include <algorithm>
#include <cstdlib>

#include "core/child_process.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/output_folder.hpp"
#include "core/text.hpp"
#include "dataset/import_common.hpp"
#include "dataset/source_place.hpp"
#include "image/file_names.hpp"
#include "image/png_mark.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

/// A folder of its own for one video's frames on their way into the data set.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (fs::temp_directory_path() / "lanet-frames-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
      throw SystemError({pattern, "a folder that cannot be made", "room for a video's frames", "set TMPDIR"});
    path_ = pattern;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Every n-th frame as PNG, by ffmpeg: a damaged or hostile video then ends another process, not this one.
std::vector<fs::path> decode_frames(const fs::path& video, const fs::path& folder, std::int64_t every) {
  const ChildResult result = run_child(
      {"ffmpeg", "-nostdin", "-v", "error", "-protocol_whitelist", "file", "-i", "file:" + fs::absolute(video).string(),
       "-vf", "select=not(mod(n\\," + std::to_string(every) + "))", "-vsync", "0", (folder / "%06d.png").string()});
  std::vector<fs::path> frames;
  for (const auto& entry : fs::directory_iterator(folder)) frames.push_back(entry.path());
  std::sort(frames.begin(), frames.end());
  if (result.exit_code == 0 && !frames.empty()) return frames;
  throw DataError({video.string(), "a video that ffmpeg cannot read", "a whole video file", "save or copy it anew"});
}

/// Of an earlier import with other frames: those that lanet wrote there and does not write now.
void remove_earlier(OutputFolder& out, const fs::path& folder, std::size_t frames) {
  std::error_code code;
  for (fs::directory_iterator entry(out.path() / folder, code), end; !code && entry != end; entry.increment(code)) {
    const fs::path name = folder / entry->path().filename();
    const std::string stem = name.stem().string();
    const bool number = !stem.empty() && stem.find_first_not_of("0123456789") == std::string::npos;
    if (number && stem.size() <= 9 && std::stoul(stem) > frames && out.may_write(name)) out.remove(name);
  }
}

}  // namespace

// CLASS/NAME.mp4 or CLASS/PATIENT/NAME.mp4; the frames of a patient, else of a video, are one group. Frames have a
// class and no location; they are written to OUT/frames/.
Imported import_video(const ImportOptions& options) {
  if (options.out.empty()) throw ConfigError({"--out", "none", "a folder for the frames", ""});
  if (options.every < 1) throw ConfigError({"--every", std::to_string(options.every), "1 or more", ""});
  Imported imported;
  imported.manifest.folder = options.out;
  OutputFolder out(options.out, options.overwrite);
  Split split;
  UniqueIds names;
  std::int64_t videos = 0;
  for (const fs::path& video : walk_source(options.source).files) {
    if (!has_video_extension(video) || is_hidden_name(video)) continue;
    const SourcePlace place = source_place(video, options.source);
    const std::string name = names.take(shortened_name(place.name), video);
    const fs::path folder = fs::path("frames") / name;
    imported.report.files_read.push_back(video);
    try {
      const ScratchFolder scratch;
      const auto frames = decode_frames(video, scratch.path(), options.every);
      std::vector<fs::path> targets;
      for (const fs::path& frame : frames) targets.push_back(folder / frame.filename());
      out.require_writable(targets);
      for (std::size_t index = 0; index < frames.size(); ++index) {
        out.write(targets[index], with_mark(read_file(frames[index]), PngMark::kPicture));
        Sample sample;
        sample.id = name + "_" + frames[index].stem().string();
        sample.image = targets[index].generic_string();
        sample.class_name = place.class_name;
        sample.group = place.patient.empty() ? name : place.patient;
        sample.source = options.source.filename().string();
        if (!place.subset.empty()) split.subset_of[sample.id] = place.subset;
        imported.manifest.samples.push_back(std::move(sample));
      }
      remove_earlier(out, folder, frames.size());
      ++videos;
    } catch (const DataError& error) {
      imported.report.problems.emplace_back(error.what());
    }
  }
  if (!split.subset_of.empty()) imported.split = std::move(split);
  imported.report.taken_for = std::to_string(videos) + " videos, a folder a class; a patient's frames are one group";
  return imported;
}

}  // namespace lanet
