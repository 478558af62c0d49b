#pragma once

#include "dataset/import.hpp"

namespace lanet {

/// What holds for the result of every importer. Each says in a line of the report what it found.

/// Samples whose id an earlier one has are left out: a manifest with them could not be read.
void leave_out_repeated_ids(Imported& imported);
/// Pictures that are masks of others are left out: they hold few values, nearly all of them the background's, and have
/// the size of a picture with many values whose name is theirs, or is contained in theirs (x and MASK_x).
void leave_out_pictures_of_masks(Imported& imported);
/// Classes whose names are equal when folded (Malignant, malignant) become one, in the spelling that most images have;
/// of equally many in the first.
void unite_spellings(Imported& imported);
/// Images of a class without lesions that have a mask or boxes are named.
void name_lesions_of_normal_images(Imported& imported);

}  // namespace lanet
