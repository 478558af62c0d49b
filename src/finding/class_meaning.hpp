#pragma once

#include <string>
#include <string_view>

namespace lanet {

/// What the name of a class says, in one of the languages of the list in docs/formats.md ("Class names").
enum class ClassMeaning { kUnknown, kBenign, kMalignant, kNormal };

/// By the folded name, with or without a word like "tumour" or "lesion" beside it. kUnknown for every other name, a
/// negation ("non-malignant") among them.
ClassMeaning class_meaning(std::string_view name);

/// The form in which names of classes are compared: NFKC, Unicode case folding, `_` and `-` as spaces, trimmed, single
/// spaces. Bytes that are no UTF-8 become the replacement character.
std::string folded_name(std::string_view name);

}  // namespace lanet
