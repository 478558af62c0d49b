#include <algorithm>
#include <set>

#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "dataset/import_common.hpp"
#include "image/codec.hpp"

namespace lanet {

namespace fs = std::filesystem;

// Vallez et al. 2025: images/PATIENT_NUMBER.png, masks/ of the same names in colour (green benign, red malignant, black
// nothing), INFO.csv with Image;Label;Doppler;Marks;Combined. Frames of one examination belong to one patient.
Imported import_busuclm(const ImportOptions& options) {
  Imported imported;
  imported.manifest.folder = options.source;
  imported.manifest.extra_columns = {"device", "doppler", "marks", "combined"};
  const fs::path list = options.source / "INFO.csv";
  const CsvTable table = read_csv(list);
  imported.report.files_read.push_back(list);
  const auto column = [&table](const char* name) { return static_cast<std::size_t>(table.require_column(name)); };
  const std::size_t file = column("Image"), label = column("Label"), doppler = column("Doppler"),
                    marks = column("Marks"), combined = column("Combined");
  const MaskIndex masks(options.source / "masks", MaskIndex::Place::kFolderOfMasks);
  const std::vector<std::size_t> others =
      other_columns(table, {"Image", "Label", "Doppler", "Marks", "Combined"}, imported.manifest);
  UniqueIds ids;
  std::set<fs::path> known;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const auto& cells = table.rows[row];
    const fs::path image = options.source / "images" / fs::path(trim(cells[file])).filename();
    if (!known.insert(image).second) {
      imported.report.problems.push_back(repeated_row(table, row, image.filename().string()));
      continue;
    }
    const auto size = probe_size(image, imported.report);
    if (!size) continue;
    Sample sample;
    sample.id = ids.take(image.stem().string(), image);
    sample.image = relative_to(image, options.source);
    sample.class_name = to_lower(trim(cells[label]));
    sample.group = "busuclm-" + sample.id.substr(0, sample.id.find('_'));
    sample.source = "BUS-UCLM";
    // All its images come from one machine; the list does not say so.
    sample.extra = {{"device", "Siemens ACUSON S2000"},
                    {"doppler", to_lower(trim(cells[doppler]))},
                    {"marks", to_lower(trim(cells[marks]))},
                    {"combined", to_lower(trim(cells[combined]))}};
    for (const std::size_t other : others) sample.extra[extra_column_name(table.columns[other])] = trim(cells[other]);
    const auto own = masks.masks_of(image);
    // Both colours mark a lesion; which class it is, the list says.
    const std::vector<std::string> both = {"green", "red"};
    if (sample.class_name == "normal") {
      sample.location = Location::kEmpty;
      doubt_masks_of_normal(own, imported.report);
    } else if (!own.empty()) {
      attach_masks(sample, *size, own, options.source, imported.report,
                   options.mask_values.empty() ? both : options.mask_values);
    } else {
      imported.report.notes.push_back(sample.id + ": no mask, imported without location");
    }
    imported.manifest.samples.push_back(std::move(sample));
  }
  imported.report.taken_for = "BUS-UCLM: patients by the names of the images, classes by INFO.csv";
  return imported;
}

}  // namespace lanet
