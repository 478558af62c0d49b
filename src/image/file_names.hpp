#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace lanet {

/// Whether a name ends as an image's does (.png .jpg .jpeg .jfif .bmp .tif .tiff .webp .gif, any case). What it is, its
/// content decides.
bool has_image_extension(const std::filesystem::path& file);

/// Whether an image of that stem lies beside a file, with the ending of an image or with that of the file.
bool has_image_beside(const std::filesystem::path& file, const std::string& stem);

/// Whether a file is hidden, or the shadow "._NAME" that macOS leaves beside NAME on foreign disks.
bool is_hidden_name(const std::filesystem::path& file);

/// The words of mask names (docs/layouts.md): "mask", "gt", "seg", "tumor" ...
std::vector<std::string> mask_words();

/// The stem of the image whose mask a file is by its name: "a" for a_mask.png, a_Mask_2.TIF, a-seg.png, "a gt.bmp",
/// a_tumor.png. Nothing for any other name. The image's extension may be another.
std::optional<std::string> stem_of_masked_image(const std::filesystem::path& file);

/// Whether a file is a mask: its name ends in a word that only masks have (mask, gt, seg, segmentation ...), or in one
/// that images have too (tumor, lesion, label ...) and its image lies beside it.
bool is_mask_name(const std::filesystem::path& file);

/// Whether a folder is one of masks by its name (masks, labels, gt, labelsTr ...), in any case.
bool is_mask_folder_name(const std::string& name);
/// Whether a folder is one of images by its name (images, img, imagesTr ...), in any case.
bool is_image_folder_name(const std::string& name);
/// The subset that a folder's name says (train, val, test), in any case and in the words that people use; nothing for
/// others.
std::optional<std::string> subset_of_folder_name(const std::string& name);

}  // namespace lanet
