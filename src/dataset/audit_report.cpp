#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/json_text.hpp"
#include "core/text.hpp"
#include "dataset/audit.hpp"
#include "image/codec.hpp"
#include "image/drawing.hpp"
#include "image/geometry.hpp"

namespace lanet {
namespace {

using nlohmann::ordered_json;

struct KindText {
  AuditKind kind;
  const char* key;
  const char* text;
};
constexpr std::array<KindText, 11> kKinds{{{AuditKind::kUnreadable, "unreadable", "unreadable file"},
                                           {AuditKind::kTwoClasses, "two_classes", "same picture in two classes"},
                                           {AuditKind::kLesionOfNormal, "lesion_of_normal", "lesion of a normal image"},
                                           {AuditKind::kMaskSize, "mask_size", "mask of another size"},
                                           {AuditKind::kEmptyMask, "empty_mask", "empty mask"},
                                           {AuditKind::kFullMask, "full_mask", "mask of the whole image"},
                                           {AuditKind::kBoxOutside, "box_outside", "box outside the image"},
                                           {AuditKind::kBoxDisagrees, "box_disagrees", "box disagrees with the mask"},
                                           {AuditKind::kExactDuplicate, "exact_duplicate", "exact duplicate"},
                                           {AuditKind::kNearDuplicate, "near_duplicate", "near duplicate"},
                                           {AuditKind::kBurntIn, "burnt_in", "burnt-in text or calipers"}}};

const KindText& row_of(AuditKind kind) {
  return *std::find_if(kKinds.begin(), kKinds.end(), [kind](const KindText& row) { return row.kind == kind; });
}

Image picture(const Manifest& manifest, const std::string& id) {
  const std::int64_t index = manifest.find(id);
  if (index < 0) return {};
  const Sample& sample = manifest.samples[static_cast<std::size_t>(index)];
  try {
    Image image = to_rgb(read_image(manifest.image_path(sample)));
    if (const auto mask = read_truth_mask(manifest, sample, image.height, image.width))
      draw_contour(image, *mask, kTruthColor);
    return image;
  } catch (const Error&) {
    return {};  // the caption says what is wrong with it
  }
}

/// At most `most` entries, taken from every kind in turn.
std::vector<const AuditEntry*> mixed(const Audit& audit, std::int64_t most) {
  std::vector<std::vector<const AuditEntry*>> by_kind(kKinds.size());
  for (const AuditEntry& entry : audit.entries)
    by_kind[static_cast<std::size_t>(&row_of(entry.kind) - kKinds.data())].push_back(&entry);
  std::vector<const AuditEntry*> chosen;
  for (std::size_t round = 0; static_cast<std::int64_t>(chosen.size()) < most; ++round) {
    const std::size_t before = chosen.size();
    for (const auto& list : by_kind)
      if (round < list.size() && static_cast<std::int64_t>(chosen.size()) < most) chosen.push_back(list[round]);
    if (chosen.size() == before) break;
  }
  std::stable_sort(chosen.begin(), chosen.end(),
                   [](const AuditEntry* a, const AuditEntry* b) { return a->kind < b->kind; });
  return chosen;
}

}  // namespace

const char* to_text(AuditKind kind) { return row_of(kind).text; }

std::string audit_json(const Audit& audit) {
  ordered_json counts, entries = ordered_json::array();
  for (const KindText& row : kKinds) counts[row.key] = audit.count(row.kind);
  for (const AuditEntry& entry : audit.entries)
    entries.push_back({{"kind", row_of(entry.kind).key}, {"ids", entry.ids}, {"detail", entry.detail}});
  const ordered_json json{{"format", "lanet-audit"}, {"version", 1},       {"images", audit.images},
                          {"counts", counts},        {"entries", entries}, {"clusters", audit.clusters}};
  return json_text(json, 1) + "\n";
}

std::string audit_table(const Audit& audit, std::int64_t most) {
  std::size_t clustered = 0;
  for (const auto& cluster : audit.clusters) clustered += cluster.size();
  std::string text =
      fmt::format("{} images; {} of them in {} duplicate clusters\n", audit.images, clustered, audit.clusters.size());
  for (const KindText& row : kKinds) {
    text += fmt::format("{:>6}  {}\n", audit.count(row.kind), row.text);
    std::int64_t shown = 0;
    for (const AuditEntry& entry : audit.entries)
      if (entry.kind == row.kind && shown++ < most)
        text += fmt::format("        {}: {}\n", join_text(entry.ids, " = "), entry.detail);
    if (shown > most) text += fmt::format("        ... {} more\n", shown - most);
  }
  return text;
}

Image audit_sheet(const Manifest& manifest, const Audit& audit, std::int64_t most) {
  std::vector<Tile> tiles;
  for (const AuditEntry* entry : mixed(audit, most))
    for (std::size_t index = 0; index < entry->ids.size(); ++index)
      tiles.push_back(
          {picture(manifest, entry->ids[index]),
           index == 0 ? std::string(to_text(entry->kind)) + ": " + entry->ids[index] : "= " + entry->ids[index]});
  return contact_sheet(tiles, 6, 260);
}

}  // namespace lanet
