#include "finding/no_lesion.hpp"

#include <algorithm>

#include "finding/class_meaning.hpp"

namespace lanet {

bool says_no_lesion(const Finding& finding) {
  return finding.lesions.empty() && class_meaning(finding.decision) == ClassMeaning::kNormal;
}

bool says_no_lesion(const Finding& finding, std::int64_t part) {
  return std::none_of(finding.lesions.begin(), finding.lesions.end(),
                      [part](const Lesion& lesion) { return lesion.part == part; }) &&
         class_meaning(finding.parts[static_cast<std::size_t>(part - 1)].decision) == ClassMeaning::kNormal;
}

}  // namespace lanet
