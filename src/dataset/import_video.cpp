#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <set>

#include "core/child_process.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/output_folder.hpp"
#include "core/text.hpp"
#include "dataset/import_common.hpp"
#include "dataset/source_place.hpp"
#include "image/codec.hpp"
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

/// Frames are called by their place in the video: 000003 is its third picture, whatever --every says.
std::string frame_name(std::size_t index, std::int64_t every) {
  std::string digits = std::to_string(static_cast<std::int64_t>(index) * every + 1);
  constexpr std::size_t kDigits = 6;
  return std::string(digits.size() < kDigits ? kDigits - digits.size() : 0, '0') + digits;
}

/// Whether another picture lies where a frame is to be written: of another video, or of an import that counted frames
/// in another way.
bool shows_another_picture(const fs::path& file, const std::string& bytes) {
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) return false;
  try {
    const std::string there = read_file(file);
    return there != bytes && decode_image(there, file.string()).pixels != decode_image(bytes, file.string()).pixels;
  } catch (const Error&) {
    return true;
  }
}

/// Of an earlier import with other frames: those that lanet wrote there and does not write now.
void remove_earlier(OutputFolder& out, const fs::path& folder, const std::set<fs::path>& frames) {
  std::error_code code;
  for (fs::directory_iterator entry(out.path() / folder, code), end; !code && entry != end; entry.increment(code)) {
    const fs::path name = folder / entry->path().filename();
    const std::string stem = name.stem().string();
    const bool number = !stem.empty() && stem.find_first_not_of("0123456789") == std::string::npos;
    if (number && stem.size() <= 9 && !frames.contains(name) && out.may_write(name)) out.remove(name);
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
      for (std::size_t index = 0; index < frames.size(); ++index)
        targets.push_back(folder / (frame_name(index, options.every) + ".png"));
      const auto is_edited = [&](const fs::path& target) { return out.was_changed(target) && !options.overwrite; };
      std::vector<fs::path> written;
      std::copy_if(targets.begin(), targets.end(), std::back_inserter(written),
                   [&](const fs::path& target) { return !is_edited(target); });
      out.require_writable(written);
      std::size_t others = 0;
      for (std::size_t index = 0; index < frames.size(); ++index) {
        if (is_edited(targets[index])) {
          imported.report.notes.push_back(targets[index].generic_string() +
                                          ": edited since the import before, and kept as it is");
        } else {
          const std::string bytes = with_mark(read_file(frames[index]), PngMark::kPicture);
          others += shows_another_picture(options.out / targets[index], bytes) ? 1 : 0;
          out.write(targets[index], bytes);
        }
        Sample sample;
        sample.id = name + "_" + targets[index].stem().string();
        sample.image = targets[index].generic_string();
        sample.class_name = place.class_name;
        sample.group = place.patient.empty() ? name : place.patient;
        sample.source = options.source.filename().string();
        if (!place.subset.empty()) split.subset_of[sample.id] = place.subset;
        imported.manifest.samples.push_back(std::move(sample));
      }
      remove_earlier(out, folder, {targets.begin(), targets.end()});
      if (others > 0)
        imported.report.problems.push_back(Problem{
            video.string(), count_of(others, "frame", "frames") + " of other pictures than at the import before",
            "the frames that corrections were made on",
            "look through the rows of this video that you have corrected: frames are counted by their place in "
            "the video"}
                                               .line());
      ++videos;
    } catch (const DataError& error) {
      imported.report.problems.emplace_back(error.what());
    }
  }
  if (!split.subset_of.empty()) imported.split = std::move(split);
  imported.report.taken_for = count_of(static_cast<std::size_t>(videos), "video", "videos") +
                              ", a folder a class; a patient's frames are one group";
  return imported;
}

}  // namespace lanet
