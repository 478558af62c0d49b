#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/progress.hpp"
#include "dataset/manifest.hpp"
#include "image/image.hpp"

namespace lanet {

struct AuditOptions {
  /// Largest Hamming distance (of 256 bits) and smallest correlation of two near duplicates; chosen on BUSI
  /// (docs/audit.md).
  std::int64_t near_duplicate_bits = 64;
  double near_duplicate_correlation = 0.85;
  std::int64_t marks = 2;    // burnt-in shapes from which on an image is listed; 0: do not look for them
  std::int64_t threads = 0;  // 0: one per core
  void validate() const;
};

enum class AuditKind {
  kUnreadable,
  kTwoClasses,
  kLesionOfNormal,
  kMaskSize,
  kEmptyMask,
  kFullMask,
  kBoxOutside,
  kBoxDisagrees,
  kExactDuplicate,
  kNearDuplicate,
  kBurntIn
};
/// "same picture in two classes" ...
const char* to_text(AuditKind kind);

struct AuditEntry {
  AuditKind kind = AuditKind::kUnreadable;
  std::vector<std::string> ids;  // the images concerned; two for duplicates
  std::string detail;            // "12 of 256 bits differ, correlation 0.98"
};

struct Audit {
  std::vector<AuditEntry> entries;                 // grave first
  std::vector<std::vector<std::string>> clusters;  // ids that belong together by duplicates (two or more)
  std::int64_t images = 0;

  std::int64_t count(AuditKind kind) const;
};

/// Looks at every image and mask. Never throws for a bad file: that is a find.
Audit audit_dataset(const Manifest& manifest, const AuditOptions& options, Progress& progress);

/// Samples of one duplicate cluster get one group, united with the groups that they have already. Returns how many
/// samples changed.
std::int64_t group_by_clusters(Manifest& manifest, const std::vector<std::vector<std::string>>& clusters);

std::string audit_json(const Audit& audit);
/// For a terminal: a count a kind, then at most `most` entries of each.
std::string audit_table(const Audit& audit, std::int64_t most = 5);
/// Contact sheet of the finds, at most `most` of them, each kind in turn; duplicates side by side. 1 x 1 px where
/// nothing was found.
Image audit_sheet(const Manifest& manifest, const Audit& audit, std::int64_t most = 24);

}  // namespace lanet
