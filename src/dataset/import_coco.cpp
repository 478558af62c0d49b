#include "core/error.hpp"
#include "core/file.hpp"
#include "dataset/label_files.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

/// train of train/_annotations.coco.json and of instances_train2017.json.
std::string subset_of_list(const fs::path& list) {
  const std::string subset = subset_of_name(list.stem().string());
  return subset.empty() ? subset_of_name(list.parent_path().filename().string()) : subset;
}

}  // namespace

// Every list of a folder (Roboflow's one a subset, CVAT's, several of one's own) becomes part of one data set.
Imported import_coco(const ImportOptions& options) {
  const std::vector<fs::path> lists = label_files(options.source, ".json");
  LabelFile labels;
  for (const fs::path& list : lists) {
    try {
      LabelFile part = parse_coco(read_text_file(list), list.string());
      for (LabelledPicture& picture : part.pictures) {
        picture.beside = fs::absolute(list).parent_path();
        if (lists.size() > 1) picture.subset = subset_of_list(list);
        labels.pictures.push_back(std::move(picture));
      }
      labels.report.problems.insert(labels.report.problems.end(), part.report.problems.begin(),
                                    part.report.problems.end());
    } catch (const Error& error) {
      labels.report.problems.emplace_back(error.what());
    }
  }
  return import_labelled(std::move(labels), data_root(options), options);
}

}  // namespace lanet
