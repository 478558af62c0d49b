#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/import_common.hpp"
#include "image/box.hpp"
#include "image/region.hpp"

namespace lanet {

/// What one annotation of a label file draws.
struct LabelShape {
  enum class Kind {
    kBox,      // `box`
    kOutline,  // `polygons`, united; `box` instead where none of them has an area and the box has one
    kRuns,     // `runs`: COCO's run lengths of the whole picture, column by column
    kPatch     // `patch` with its upper left corner at (box.x1, box.y1)
  };
  Kind kind = Kind::kBox;
  std::string label;       // the class, as the file has it; "": none
  std::string place;       // "list.json: annotation 3", for messages
  bool in_shares = false;  // coordinates are shares of width and height, not pixels
  Box box;
  std::vector<std::vector<PolygonPoint>> polygons;
  std::vector<std::int64_t> runs;
  Mask patch;
};

/// One picture with all that a label file says of it.
struct LabelledPicture {
  std::string name;                 // its path, as the file has it
  std::string place;                // for messages
  std::filesystem::path file;       // where it lies; empty: looked for by its name
  std::filesystem::path beside;     // the label file's folder, looked at first; empty: the root alone
  std::optional<PictureSize> size;  // as the file says
  std::vector<std::string> tags;    // classes of the picture as a whole
  std::vector<LabelShape> shapes;
  bool location_lost = false;  // an annotation that may be a lesion could not be read: the rest is not the whole truth
  bool known_empty = false;    // the file says that there is no lesion
  std::string subset;          // train, val, test; "" not said
  std::string group;           // patient
};

/// What a parser of a label file returns.
struct LabelFile {
  std::vector<LabelledPicture> pictures;
  ImportReport report;

  /// Adds the line of an annotation or picture that is left out.
  void refuse(const std::string& place, const std::string& got, const std::string& expected,
              const std::string& remedy = "left out");
};

/// Whether a label names something in the picture that is no lesion (shadow, artefact, calipers, text, ribs ...;
/// docs/formats.md has the list): one of these words stands in it, and none for a lesion does.
bool is_no_lesion_label(std::string_view label);
/// Whether it names a lesion without saying of which class (lesion, tumour, mass, nodule ...).
bool is_unspecific_label(std::string_view label);
/// Whether it names a picture without a lesion (normal).
bool is_normal_label(std::string_view label);

/// The whole text as a number, without spaces around it; NaN otherwise.
double number_of_text(std::string_view text);

/// The part of a box that lies in the picture; nothing where it has no area there, or where a corner is so far outside
/// that it comes from other units or another picture (half a width or height and more).
std::optional<Box> box_inside(const Box& box, const PictureSize& size);

/// The class that the folders of a picture say: the nearest one above it, below `root`, that is called as classes are
/// (is_class_word); "" where none is.
std::string class_of_folders(const std::filesystem::path& file, const std::filesystem::path& root);

/// "train", "val" or "test" where a folder's or file's name says so ("valid", "instances_val2017.json",
/// "obj_train_data"); else "".
std::string subset_of_name(const std::string& name);

/// The folder below which an import reads: options.image_root; else the source folder, or the folder of the source
/// file; its parent where it holds label files alone (annotations/, json/). Absolute.
std::filesystem::path data_root(const ImportOptions& options);
/// Name of the data set for the samples' `source`: that of the source's folder or file.
std::string source_name(const std::filesystem::path& source);

/// Turns labelled pictures into samples of a manifest whose pictures stay where they lie (folder = root). What must be
/// drawn goes to OUT/masks. The rules that all formats share:
/// - the file is looked for below the root only, by its path, then by the most of its path's end that one file has;
/// - a picture of another size than listed is left out, an annotation without an area is left out, with a line each;
/// - the class is the tag, else the one class of the shapes; with several it is imported without class and a line; a
///   name of known meaning (class_meaning: benign, malignant, normal) counts before others, a tag before a shape, a
///   shape before the folder;
/// - shapes that are no lesion (is_no_lesion_label) are not drawn, and counted in a note;
/// - outlines and boxes of one picture become one mask; boxes alone stay boxes; no shape: no location, but for a
///   picture of class normal or with known_empty.
/// Throws ConfigError where options.out is empty.
Imported import_labelled(LabelFile labels, const std::filesystem::path& root, const ImportOptions& options);

}  // namespace lanet
