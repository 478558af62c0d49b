#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/progress.hpp"
#include "dataset/manifest.hpp"

namespace lanet {

struct AuditOptions {
  std::int64_t near_duplicate_bits = 0;  // largest Hamming distance of two perceptual hashes that counts as near duplicate (set the justified default in audit.cpp's owner)
  bool find_text = true;                 // burnt-in text and calipers
  void validate() const;
};

enum class AuditKind {
  kUnreadable, kExactDuplicate, kNearDuplicate, kTwoClasses, kMaskSize, kEmptyMask, kFullMask, kBoxOutside, kBoxDisagrees, kBurntIn
};
const char* to_text(AuditKind kind);

struct AuditEntry {
  AuditKind kind;
  std::vector<std::string> ids;  // the images concerned; two or more for duplicates
  std::string detail;            // "Hamming distance 3 of 256", "mask 500 x 400, image 500 x 410"
};

struct Audit {
  std::vector<AuditEntry> entries;        // grave first
  std::vector<std::vector<std::string>> clusters;  // ids that belong together by duplicates (two or more), for groups
  std::int64_t images = 0;
};

Audit audit_dataset(const Manifest& manifest, const AuditOptions& options, Progress& progress);

/// Samples of one duplicate cluster get one group (united with the groups that they have already).
void group_by_clusters(Manifest& manifest, const std::vector<std::vector<std::string>>& clusters);

std::string audit_json(const Audit& audit);
std::string audit_table(const Audit& audit);  // for a terminal
/// Contact sheet of the finds, at most `most` rows. 1 x 1 px where nothing was found.
Image audit_sheet(const Manifest& manifest, const Audit& audit, std::int64_t most = 24);

}  // namespace lanet
