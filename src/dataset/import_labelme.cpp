#include "core/error.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "dataset/label_files.hpp"
#include "dataset/label_json.hpp"
#include "dataset/picture_finder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

/// LabelMe's files beside another tool's JSON are told apart by what they hold.
bool is_labelme(const nlohmann::ordered_json& json) {
  return json.is_object() && json.contains("shapes") && json.contains("imagePath");
}

}  // namespace

// One JSON beside each image or in a folder of its own; its shapes' label, or a flag, is the class. A file without
// shapes is an unlabelled image.
Imported import_labelme(const ImportOptions& options) {
  const fs::path root = data_root(options);
  PictureFinder finder(root);
  LabelFile labels;
  std::int64_t others = 0;
  for (const fs::path& list : label_files(options.source, ".json")) {
    try {
      const std::string text = read_text_file(list);
      const auto json = parse_label_json(text, list.string());
      if (!is_labelme(json)) {
        ++others;
        continue;
      }
      LabelFile part = parse_labelme(text, list.string());
      LabelledPicture& picture = part.pictures.front();
      picture.beside = fs::absolute(list).parent_path();
      ImportReport missing;
      const auto file = finder.find(picture.name, picture.beside, picture.place, missing);
      const auto embedded = json.find("imageData");
      if (!file && embedded != json.end() && embedded->is_string() && !embedded->get<std::string>().empty())
        missing.problems = {Problem{picture.place, "no picture '" + picture.name + "', only a copy inside (imageData)",
                                    "the picture as a file", "write it out with labelme_export_json"}
                                .line()};
      auto& problems = labels.report.problems;
      problems.insert(problems.end(), part.report.problems.begin(), part.report.problems.end());
      problems.insert(problems.end(), missing.problems.begin(), missing.problems.end());
      if (!file) continue;
      picture.file = *file;
      labels.pictures.push_back(std::move(picture));
    } catch (const Error& error) {
      labels.report.problems.emplace_back(error.what());
    }
  }
  if (others > 0)
    labels.report.notes.push_back(count_of(static_cast<std::size_t>(others), "JSON file", "JSON files") +
                                  " of other makers than LabelMe, not used");
  return import_labelled(std::move(labels), root, options);
}

}  // namespace lanet
