#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dataset/manifest.hpp"
#include "dataset/split.hpp"

namespace lanet {

struct ImportOptions {
  std::string format = "auto";   // auto, or one of import_formats()
  std::filesystem::path out;     // the data set's folder, for formats whose masks or frames are written anew
  std::filesystem::path source;  // folder, or CSV file for "csv"
  std::filesystem::path
      image_root;             // csv: what its image paths are relative to (default: the CSV's folder, then its parents)
  bool masks_beside = false;  // csv: use NAME_mask.png beside an image in place of its boxes, where the list has a box
  std::vector<std::pair<std::string, std::filesystem::path>>
      subset_lists;                      // csv: further lists, each with its subset (train, test)
  double min_box_area = 100;             // px^2; smaller boxes are specks: dropped and reported
  std::int64_t every = 1;                // video: every n-th frame
  bool crop_to_ultrasound = false;       // find the ultrasound region of screenshots and note it as `crop`
  std::vector<std::string> only_ids;     // empty: all; else the ids (file stems) to take
  std::filesystem::path images;          // folders: where the images lie; empty: found by the folders' names
  std::filesystem::path masks;           // folders: where their masks lie; empty: found by the folders' names
  std::vector<std::string> mask_values;  // values or colours of masks that mean a lesion; empty: as they allow
  bool overwrite = false;                // replace files in `out` that lanet did not write
};

/// What an import found worth saying.
struct ImportReport {
  std::vector<std::string> problems;  // an image or label that could not be used: one line each
  std::vector<std::string> notes;     // dropped specks, united masks, corrected boxes ...
  std::string taken_for;              // what the source was recognised as: one line
  std::vector<std::string> unused;    // files below the source that were not used: one line a cause, with a count
  std::vector<std::filesystem::path> files_read;  // lists and labels that were used, besides images and masks
};

struct Imported {
  Manifest manifest;  // its folder is the data set's; nothing is copied
  ImportReport report;
  std::optional<Split> split;  // where the source says which image belongs to which subset
};

/// Reads a data set where it lies. Throws DataError if nothing could be imported or the format cannot be told.
Imported import_dataset(const ImportOptions& options);
/// Names of the formats, in the order in which a source is tried for them.
std::vector<std::string> import_formats();

/// One importer a file: BUSI (class folders, NAME_mask.png, NAME_mask_1.png ...), BUS-BRA (bus_data.csv, patients as
/// groups), BUS-UCLM (INFO.csv, masks in colour), nnU-Net (imagesTr, labelsTr, dataset.json), folders of images with
/// masks (docs/layouts.md), CSV with image, class, box_xyxy, COCO JSON, YOLO (images/, labels/, data.yaml or
/// classes.txt), LabelMe (a JSON beside each image), Pascal VOC, CVAT's XML, Label Studio, VIA, folders of videos,
/// DICOM images with segmentations.
Imported import_busi(const ImportOptions& options);
Imported import_busbra(const ImportOptions& options);
Imported import_busuclm(const ImportOptions& options);
Imported import_nnunet(const ImportOptions& options);
Imported import_folders(const ImportOptions& options);
Imported import_csv(const ImportOptions& options);
Imported import_coco(const ImportOptions& options);
Imported import_yolo(const ImportOptions& options);
Imported import_labelme(const ImportOptions& options);
Imported import_voc(const ImportOptions& options);
Imported import_cvat(const ImportOptions& options);
Imported import_label_studio(const ImportOptions& options);
Imported import_via(const ImportOptions& options);
Imported import_video(const ImportOptions& options);
Imported import_dicom(const ImportOptions& options);

}  // namespace lanet
