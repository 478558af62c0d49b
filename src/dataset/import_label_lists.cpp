// CVAT, Label Studio and VIA: lists of many pictures in one file or several.
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "dataset/label_files.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

Imported import_lists(const ImportOptions& options, const std::vector<fs::path>& lists,
                      LabelFile (*parse)(std::string_view, const std::string&)) {
  LabelFile labels;
  for (const fs::path& list : lists) {
    try {
      LabelFile part = parse(read_text_file(list), list.string());
      for (LabelledPicture& picture : part.pictures) {
        picture.beside = fs::absolute(list).parent_path();
        labels.pictures.push_back(std::move(picture));
      }
      for (const auto& [from, to] : {std::pair{&part.report.problems, &labels.report.problems},
                                     std::pair{&part.report.notes, &labels.report.notes}})
        to->insert(to->end(), from->begin(), from->end());
    } catch (const Error& error) {
      labels.report.problems.emplace_back(error.what());
    }
  }
  return import_labelled(std::move(labels), data_root(options), options);
}

}  // namespace

Imported import_cvat(const ImportOptions& options) {
  return import_lists(options, label_files(options.source, ".xml"), parse_cvat);
}

Imported import_label_studio(const ImportOptions& options) {
  return import_lists(options, label_files(options.source, ".json"), parse_label_studio);
}

Imported import_via(const ImportOptions& options) {
  std::vector<fs::path> lists = label_files(options.source, ".json");
  for (const fs::path& list : label_files(options.source, ".csv"))
    if (recognised_label_format(list) == "via") lists.push_back(list);
  std::erase_if(lists, [&](const fs::path& list) { return recognised_label_format(list) != "via"; });
  // A project and its exported annotations say the same of the same pictures.
  if (lists.size() > 1) lists.resize(1);
  Imported imported = import_lists(options, lists, parse_via);
  if (fs::is_directory(options.source) && !lists.empty())
    imported.report.notes.push_back("the annotations are those of " + lists.front().string());
  return imported;
}

}  // namespace lanet
