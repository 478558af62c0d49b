#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lanet {

/// What the name of a class says, in one of the languages of the list in docs/formats.md ("Class names").
enum class ClassMeaning { kUnknown, kBenign, kMalignant, kNormal };

/// By the folded name, with or without a word like "tumour" or "lesion" beside it. kUnknown for every other name, a
/// negation ("non-malignant") among them.
ClassMeaning class_meaning(std::string_view name);

/// The form in which names of classes are compared: NFKC, Unicode case folding, `_` and `-` as spaces, trimmed, single
/// spaces. Bytes that are no UTF-8 become the replacement character.
std::string folded_name(std::string_view name);

/// The name in `names` that `wanted` means: equal, else equal when folded. "" where there is none, or more than one.
std::string same_class(const std::vector<std::string>& names, const std::string& wanted);

/// The positive class by the names alone: the one called malignant, in any case; else the only one that the list of
/// docs/formats.md knows as malignant. "" where there is none, or more than one.
std::string known_positive_class(const std::vector<std::string>& classes);
/// The class of images without a lesion, in the same way. "" where there is none.
std::string known_normal_class(const std::vector<std::string>& classes);

}  // namespace lanet
