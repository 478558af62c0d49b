#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "dataset/import_common.hpp"
#include "image/codec.hpp"
#include "image/region.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr double kBoxAgreement = 0.5;  // IoU of the listed box and the mask's rectangle under which it is worth a note

std::vector<fs::path> parts_of(const fs::path& source) {
  if (fs::exists(source / "bus_data.csv")) return {source};
  std::vector<fs::path> parts;
  std::error_code code, ignored;
  for (const auto& entry : fs::directory_iterator(source, code))
    if (fs::exists(entry.path() / "bus_data.csv", ignored)) parts.push_back(entry.path());
  std::sort(parts.begin(), parts.end());
  return parts;
}

/// "[x, y, width, height]"
std::optional<Box> listed_box(const std::string& cell) {
  const auto json = nlohmann::json::parse(cell, nullptr, false);
  if (!json.is_array() || json.size() != 4) return std::nullopt;
  for (const auto& number : json)
    if (!number.is_number()) return std::nullopt;
  const double x = json[0].get<double>(), y = json[1].get<double>();
  return Box{x, y, x + json[2].get<double>(), y + json[3].get<double>()};
}

/// The list's box is kept beside the mask, so that the audit can compare them; what is learned from is the mask. Box
/// and size are known to be wrong for some images; the mask and the picture itself are taken.
void compare_with_list(Sample& sample, const Manifest& manifest, const PictureSize& size, const CsvTable& table,
                       std::size_t row, ImportReport& report) {
  const auto cell = [&](const char* column) {
    const std::int64_t index = table.find_column(column);
    return index < 0 ? std::string() : table.rows[row][static_cast<std::size_t>(index)];
  };
  const std::string listed = cell("Width") + " x " + cell("Height"),
                    actual = std::to_string(size.width) + " x " + std::to_string(size.height);
  if (listed != actual && listed != " x ")
    report.notes.push_back(sample.id + ": listed as " + listed + " px, the image has " + actual);
  const auto box = listed_box(cell("BBOX"));
  if (!box || sample.location != Location::kMask) return;
  sample.boxes = {*box};
  const auto truth = read_truth_mask(manifest, sample, size.height, size.width);
  const auto rectangle = truth ? bounding_box(*truth) : std::nullopt;
  if (!rectangle || intersection_over_union(*box, *rectangle) < kBoxAgreement)
    report.notes.push_back(sample.id + ": the listed box disagrees with the mask; the mask is used");
}

}  // namespace

// Gomez-Flores et al. 2024: Images/ID.png, Masks/mask_ID.png, bus_data.csv; `Case` is the patient.
Imported import_busbra(const ImportOptions& options) {
  Imported imported;
  imported.manifest.folder = options.source;
  imported.manifest.extra_columns = {"birads", "device", "histology", "side"};
  imported.report.taken_for = "BUS-BRA: bus_data.csv, a case is a patient";
  std::set<std::string> ids;
  for (const fs::path& part : parts_of(options.source)) {
    imported.report.files_read.push_back(part / "bus_data.csv");
    const CsvTable table = read_csv(part / "bus_data.csv");
    const auto column = [&table](const char* name) { return static_cast<std::size_t>(table.require_column(name)); };
    const std::size_t id = column("ID"), patient = column("Case"), pathology = column("Pathology");
    const std::vector<std::size_t> others = other_columns(
        table, {"ID", "Case", "Pathology", "BIRADS", "Device", "Histology", "Side", "Width", "Height", "BBOX"},
        imported.manifest);
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      const auto& cells = table.rows[row];
      if (!ids.insert(cells[id]).second) {
        imported.report.problems.push_back(repeated_row(table, row, cells[id]));
        continue;
      }
      const fs::path image = part / "Images" / (cells[id] + ".png");
      const auto size = probe_size(image, imported.report);
      if (!size) continue;
      Sample sample;
      sample.id = cells[id];
      sample.image = relative_to(image, options.source);
      sample.class_name = to_lower(trim(cells[pathology]));
      sample.group = "busbra-" + trim(cells[patient]);
      sample.source = "BUS-BRA";
      sample.extra = {{"birads", cells[column("BIRADS")]},
                      {"device", cells[column("Device")]},
                      {"histology", cells[column("Histology")]},
                      {"side", cells[column("Side")]}};
      for (const std::size_t other : others) sample.extra[extra_column_name(table.columns[other])] = trim(cells[other]);
      const std::string number = cells[id].substr(cells[id].find('_') + 1);
      const fs::path mask = part / "Masks" / ("mask_" + number + ".png");
      if (fs::exists(mask))
        attach_masks(sample, *size, {mask}, options.source, imported.report, options.mask_values);
      else
        imported.report.notes.push_back(sample.id + ": no mask, imported without location");
      try {
        compare_with_list(sample, imported.manifest, *size, table, row, imported.report);
      } catch (const DataError& error) {
        imported.report.problems.emplace_back(error.what());
        sample.masks.clear();
        sample.location = Location::kNone;
      }
      imported.manifest.samples.push_back(std::move(sample));
    }
  }
  return imported;
}

}  // namespace lanet
