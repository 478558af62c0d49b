#include <algorithm>

#include "core/encoding.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/output_folder.hpp"
#include "core/text.hpp"
#include "dataset/label_files.hpp"
#include "dataset/label_json.hpp"
#include "dataset/label_xml.hpp"
#include "image/codec.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string json_format(const fs::path& file) {
  const Json json = parse_label_json(read_text_file(file), file.string());
  if (json.is_array()) {
    const bool tasks =
        !json.empty() && json.front().is_object() &&
        (json.front().contains("data") || json.front().contains("annotation_id") || json.front().contains("annotator"));
    return tasks ? "label_studio" : "";
  }
  if (!json.is_object()) return "";
  if (json.contains("images") && json.contains("annotations")) return "coco";
  if (json.contains("shapes") && json.contains("imagePath")) return "labelme";
  if (json.contains("_via_img_metadata")) return "via";
  const Json first = json.empty() ? Json() : json.begin().value();
  return first.is_object() && first.contains("filename") && first.contains("regions") ? "via" : "";
}

std::string xml_format(const fs::path& file) {
  const auto document = parse_label_xml(read_text_file(file), file.string());
  if (document->child("annotations")) return "cvat";
  return document->child("annotation") ? "voc" : "";
}

std::string csv_format(const fs::path& file) {
  const std::string text = to_lower(read_decoded_file(file).text.substr(0, 4096));
  return text.find("region_shape_attributes") < text.find('\n') ? "via" : "csv";
}

std::string format_of_file(const fs::path& file) {
  const std::string extension = to_lower(file.extension().string());
  try {
    if (extension == ".json") return json_format(file);
    if (extension == ".xml") return xml_format(file);
    if (extension == ".yaml" || extension == ".yml") return "yolo";
    if (extension == ".csv" || extension == ".tsv" || extension == ".txt") return csv_format(file);
  } catch (const Error&) {
    return "";  // the importer says what is wrong, if this format is asked for
  }
  return "";
}

/// Whether a picture has a text file of YOLO's beside it or in labels/.
bool has_yolo_labels(const fs::path& source) {
  for (const char* name :
       {"data.yaml", "data.yml", "dataset.yaml", "dataset.yml", "classes.txt", "obj.names", "obj.data"})
    if (fs::is_regular_file(source / name)) return true;
  std::error_code code;
  for (const char* folder : {"labels", "labels/train", "train/labels", "obj_train_data", "images"})
    for (const auto& entry : fs::directory_iterator(source / folder, code)) {
      std::error_code ignored;
      if (entry.path().extension() == ".txt" && entry.is_regular_file(ignored)) return true;
    }
  return false;
}

}  // namespace

std::vector<fs::path> label_files(const fs::path& source, const std::string& extension) {
  if (fs::is_regular_file(source)) return {source};
  std::vector<fs::path> files;
  std::error_code code;
  fs::recursive_directory_iterator entry(source, fs::directory_options::skip_permission_denied, code), end;
  while (!code && entry != end) {
    const fs::path& path = entry->path();
    const bool hidden = path.filename().string().starts_with('.');
    std::error_code ignored;
    if (hidden && entry->is_directory(ignored)) entry.disable_recursion_pending();
    if (!hidden && to_lower(path.extension().string()) == extension && entry->is_regular_file(ignored) &&
        !carries_lanet_mark(path))
      files.push_back(path);
    entry.increment(code);
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string recognised_label_format(const fs::path& source) {
  if (fs::is_regular_file(source)) return format_of_file(source);
  if (has_yolo_labels(source)) return "yolo";
  constexpr std::size_t kLooked = 20;
  for (const char* extension : {".json", ".xml"}) {
    const auto files = label_files(source, extension);
    for (std::size_t index = 0; index < std::min(kLooked, files.size()); ++index)
      if (const std::string format = format_of_file(files[index]); !format.empty()) return format;
  }
  if (fs::is_directory(source / "JPEGImages") && fs::is_directory(source / "SegmentationClass")) return "voc";
  for (const fs::path& file : label_files(source, ".csv"))
    if (file.parent_path() == source && csv_format(file) == "via") return "via";
  return "";
}

}  // namespace lanet
