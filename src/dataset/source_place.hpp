#pragma once

#include <filesystem>
#include <string>

namespace lanet {

/// What the folders between a data set and a file say: [SUBSET/] CLASS / PATIENT / NAME. Folders that are only called
/// images, videos, frames ... say nothing.
struct SourcePlace {
  std::string subset, class_name, patient;
  std::string name;  // of all folders and the file's stem, joined by "_": told apart from equal stems elsewhere
};
SourcePlace source_place(const std::filesystem::path& file, const std::filesystem::path& source);

/// A name for a folder or file of results: other letters than a file system takes are kept, too long ones are shortened
/// with a digest.
std::string shortened_name(const std::string& name);

}  // namespace lanet
