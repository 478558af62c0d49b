#include "core/error.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "dataset/coco_labels.hpp"
#include "dataset/label_writer.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

/// "a, b" of one image cannot be taught as one class.
std::string class_of(const CocoImage& image, ImportReport& report) {
  if (image.categories.size() > 1)
    report.problems.push_back(image.file_name + ": annotations of the classes " + join_text(image.categories, ", ") +
                              "; imported without class");
  return image.categories.size() == 1 ? image.categories.front() : "";
}

/// Images lie beside the list, in images/ there, or where --image-root says.
fs::path root_of(const ImportOptions& options, const std::vector<CocoImage>& images) {
  if (!options.image_root.empty()) return options.image_root;
  const fs::path beside = fs::absolute(options.source).parent_path();
  for (const fs::path& root : {beside, beside / "images", beside.parent_path(), beside.parent_path() / "images"})
    if (!images.empty() && fs::exists(root / images.front().file_name)) return root;
  return beside;
}

}  // namespace

// Polygons and run lengths become masks; images with boxes alone keep boxes; an image without annotation is unlabelled.
Imported import_coco(const ImportOptions& options) {
  LabelWriter writer(options.out);
  Imported imported;
  imported.manifest.folder = options.out;
  const auto images = parse_coco(read_text_file(options.source), options.source.string());
  const fs::path root = root_of(options, images);
  for (const CocoImage& image : images) {
    const auto file = file_inside(root, image.file_name, options.source.string(), imported.report);
    if (!file) continue;
    const auto size = probe_size(*file, imported.report);
    if (!size) continue;
    if (size->height != image.height || size->width != image.width) {
      imported.report.problems.push_back(Problem{
          file->string(), "an image of " + std::to_string(size->width) + " x " + std::to_string(size->height) + " px",
          std::to_string(image.width) + " x " + std::to_string(image.height) + " as listed", "left out"}
                                             .line());
      continue;
    }
    Sample sample = writer.add_image(*file, class_of(image, imported.report), options.source.stem().string());
    writer.set_location(sample, image.mask,
                        usable_boxes(image.boxes, *size, options.min_box_area, image.file_name, imported.report));
    imported.manifest.samples.push_back(std::move(sample));
  }
  return imported;
}

}  // namespace lanet
