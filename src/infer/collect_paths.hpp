#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace lanet {

/// An image file, or an archive of such, to predict and the name of its results.
struct PathToPredict {
  std::filesystem::path file;
  std::string name;  // relative to the output folder, without extension, unique
};

/// What was found to look at.
struct CollectedPaths {
  std::vector<PathToPredict> files;
  std::vector<std::string> problems;  // a line for what is missing, unreadable or nothing to read
  std::vector<std::string> notes;     // what was left out on purpose, and how often
};

/// Files, folders (searched through, sorted) and patterns (* ? [...]) as a list of image files. Of a folder: what has
/// an image's or an archive's extension, what has none and is a picture, and what is DICOM by its content; masks (by
/// name and content), DICOMDIRs, folders of masks and files of other kinds are left out with a note, hidden files and
/// folders without; links to folders are not followed. A file that is named is taken as
/// it is; of a DICOMDIR, the images that it refers to. Results of lanet, known by their content, are left out. Of
/// several names of one file (links, or the same path again) the first one counts.
CollectedPaths collect_inputs(const std::vector<std::string>& paths);

/// The same with lanet's own results among the files, for commands that do not predict. What matches nothing or cannot
/// be read is added to `problems`.
std::vector<PathToPredict> collect_paths(const std::vector<std::string>& paths, std::vector<std::string>& problems);

}  // namespace lanet
