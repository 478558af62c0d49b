#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "image/file_names.hpp"

namespace lanet {

/// What names of masks say in a data set: as image/file_names.hpp, and in the words of other languages, in front of the
/// image's name and in its middle (docs/layouts.md).

/// Whether a folder is one of masks: called so as a whole (is_mask_folder_name), or with a word for masks among others
/// ("Binary masks", "benign_masks", "masks_2"), but for one of images as well ("images_masks").
bool is_folder_of_masks(const std::string& name);
/// The same by a word that says mask alone: label files and pictures lie in folders called labels or segmentation too.
bool is_folder_of_pure_masks(const std::string& name);
/// Whether a folder is one of images: is_image_folder_name, also with a number, and in other languages (imagenes,
/// Bilder).
bool is_folder_of_images(const std::string& name);
/// A folder that holds annotations beside a folder of images, and is a name or a class elsewhere ("ann").
bool may_be_folder_of_masks(const std::string& name);
/// The folder's name without words for masks and images and without numbers, folded: "benign" of "Benign_masks_2".
std::string name_without_mask_words(const std::string& name);

/// Stems that the image of a mask may have by the mask's name: "x" for x_mask.png, MASK_x.png, x_mask_reader1.png,
/// x_mascara.png. Empty for names without a word for masks.
std::set<std::string> stems_of_masked_images(const std::filesystem::path& file);
/// Whether a picture in a folder of images is a mask: is_mask_name, or another of its stems is that of an image beside
/// it.
bool is_named_as_mask(const std::filesystem::path& file);

}  // namespace lanet
