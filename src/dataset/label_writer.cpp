#include "dataset/label_writer.hpp"

#include "core/error.hpp"
#include "core/sha256.hpp"
#include "core/text.hpp"
#include "image/codec.hpp"

namespace lanet {
namespace {

/// An id as a file name: one part, without what manifests and other systems read otherwise, not too long.
std::string file_name_of(const std::string& id) {
  constexpr std::size_t kMost = 180, kDigits = 8;
  std::string name;
  for (const char letter : id) {
    const bool special = std::string_view("/\\;:*?\"<>|").find(letter) != std::string_view::npos;
    name += special || static_cast<unsigned char>(letter) < ' ' ? '_' : letter;
  }
  if (name.size() > kMost) name = name.substr(0, kMost) + "-" + sha256_hex(id).substr(0, kDigits);
  return name.starts_with('.') ? "_" + name : name;
}

const std::filesystem::path& named_folder(const std::filesystem::path& folder) {
  if (folder.empty())
    throw ConfigError(
        {"--out", "none", "a folder for the data set", "this format's masks are drawn anew and need a place"});
  return folder;
}

}  // namespace

LabelWriter::LabelWriter(const std::filesystem::path& folder, bool overwrite)
    : folder_(named_folder(folder), overwrite) {}

std::string LabelWriter::free_name(const std::string& id) const {
  const std::string stem = "masks/" + file_name_of(id);
  std::string name = stem + ".png";
  for (int number = 1; drawn_.count(to_lower(name)) != 0 || !folder_.may_write(name); ++number)
    name = stem + "_drawn" + (number > 1 ? "_" + std::to_string(number) : "") + ".png";
  return name;
}

void LabelWriter::draw_mask(Sample& sample, const Mask& mask) {
  const std::string name = free_name(sample.id);
  folder_.write(name, encode_png(mask));
  drawn_.insert(to_lower(name));
  sample.masks = {name};
  sample.location = Location::kMask;
}

}  // namespace lanet
