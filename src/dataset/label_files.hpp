#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dataset/labelled_picture.hpp"

namespace lanet {

/// Parsers of label files that people bring. Each takes the bytes of one file and its name for messages, and returns
/// the pictures it names; an annotation that cannot be used costs itself, with a line in the report. Each throws
/// DataError where the file as a whole is not of its format.

/// COCO's images, annotations (polygons, run lengths plain or compressed, boxes) and categories.
LabelFile parse_coco(std::string_view bytes, const std::string& place);
/// LabelMe 4 and 5: one picture; its flags are classes of the picture.
LabelFile parse_labelme(std::string_view bytes, const std::string& place);
/// Pascal VOC: one picture with boxes.
LabelFile parse_voc(std::string_view bytes, const std::string& place);
/// CVAT for images 1.1: boxes, polygons, ellipses, masks; tags are classes of the picture.
LabelFile parse_cvat(std::string_view bytes, const std::string& place);
/// Label Studio's JSON and JSON-MIN: rectangles, ellipses, polygons, brush strokes; choices are classes of the picture.
LabelFile parse_label_studio(std::string_view bytes, const std::string& place);
/// VGG Image Annotator 1 and 2: a project, its annotations as JSON, or as CSV.
LabelFile parse_via(std::string_view bytes, const std::string& place);

/// Names of YOLO's classes by their number: `names` of a data.yaml, as a list or with keys.
struct YoloNames {
  std::map<std::int64_t, std::string> names;
  bool numbered_by_place = false;     // a list: the first is 0
  std::int64_t keypoint_numbers = 0;  // behind each box, where the labels are poses
};
/// What a data.yaml says.
struct YoloDescription {
  YoloNames classes;
  std::string path;                                          // `path`; "" none
  std::vector<std::pair<std::string, std::string>> subsets;  // subset -> folder, list or picture
};
/// Throws DataError where it is no YAML or has no `names`.
YoloDescription parse_yolo_yaml(std::string_view bytes, const std::string& place);
/// One name a line; its number is the line's, from 0.
YoloNames parse_yolo_names(std::string_view bytes);
/// One picture's lines: "class cx cy w h" (box) or "class x1 y1 x2 y2 x3 y3 ..." (outline), in shares of width and
/// height. The one picture that is returned has no name yet. A file without a line says that there is no lesion.
LabelFile parse_yolo_labels(std::string_view bytes, const YoloNames& classes, const std::string& place);

/// The class numbers that occur in one picture's lines.
std::set<std::int64_t> yolo_class_numbers(std::string_view bytes);
/// Throws DataError(place) where the numbers that occur in all label files seem to be counted from 1 and the list of
/// names from 0: their number is one of them and 0 is none.
void check_yolo_numbers(const YoloNames& classes, const std::set<std::int64_t>& used, const std::string& place);

/// COCO's compressed run lengths: six bits a character, each value after the second as a difference to the one before
/// the last. Throws DataError for characters outside, values past the picture.
std::vector<std::int64_t> decode_compressed_runs(std::string_view text, const std::string& place);

/// Which format a file or folder of labels has by its content: coco, yolo, labelme, voc, cvat, label_studio, via, csv;
/// "" where nothing is recognised. Looks at the first label files alone.
std::string recognised_label_format(const std::filesystem::path& source);

/// Label files of an extension (".json") below a folder, or the one file that is named; without hidden folders and
/// lanet's own results. Sorted.
std::vector<std::filesystem::path> label_files(const std::filesystem::path& source, const std::string& extension);

}  // namespace lanet
