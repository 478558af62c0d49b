#pragma once

#include <filesystem>
#include <string_view>

namespace lanet {

/// For folders and archives, where names alone mislead: what a file is by its content.

/// Whether a file begins as a picture does (PNG, JPEG, BMP, TIFF, WebP, GIF); 16 bytes are enough.
bool begins_as_picture(std::string_view first_bytes);

/// Whether a name says nothing of the kind of file: it has no extension, or a number (IM0001, IM.0001).
bool has_no_kind(const std::filesystem::path& file);

/// Whether a name ends as a DICOM file's (.dcm .dicom, any case).
bool has_dicom_extension(const std::filesystem::path& file);

/// A picture whose name says nothing of its kind; false for what cannot be read.
bool is_unnamed_picture_file(const std::filesystem::path& file);

/// Whether a picture that is named like a mask is one: it holds few values (two, or numbers of classes). True for what
/// cannot be decoded: then the name is all that is known.
bool holds_a_mask(std::string_view bytes);
/// The same of a file.
bool holds_a_mask_file(const std::filesystem::path& file);

}  // namespace lanet
