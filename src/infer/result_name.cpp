#include "infer/result_name.hpp"

#include <charconv>
#include <optional>
#include <string_view>

#include "core/sha256.hpp"
#include "image/codec.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

// NAME_f0000001_overlay.png, or what is written beside it for a moment, takes the rest of 255 bytes.
constexpr std::size_t kLongestPart = 180;
constexpr std::size_t kDigits = 12;

fs::path without_extension(const fs::path& name) {
  const std::string extension = name.extension().string();
  if (has_image_extension(name) || extension == ".dcm" || extension == ".DCM" || extension == ".dicom")
    return fs::path(name).replace_extension();
  return name;
}

/// At most kLongestPart bytes, cut between letters.
std::string shortened(const std::string& part) {
  if (part.size() <= kLongestPart) return part;
  std::size_t end = kLongestPart - kDigits - 1;
  while (end > 0 && (static_cast<unsigned char>(part[end]) & 0xC0U) == 0x80) --end;
  return part.substr(0, end) + "~" + sha256_hex(part).substr(0, kDigits);
}

std::string wanted_name(const fs::path& relative) {
  fs::path name;
  for (const fs::path& part : without_extension(relative.lexically_normal())) name /= shortened(part.string());
  return name.generic_string();
}

/// The first of NAME, NAME_2, NAME_3 ... that is free.
template <class IsFree>
std::string first_free(const std::string& wanted, const IsFree& is_free) {
  std::string name = wanted;
  for (int number = 2; !is_free(name); ++number) name = wanted + "_" + std::to_string(number);
  return name;
}

/// The number behind NAME_f; nothing where `name` does not end so.
std::optional<std::int64_t> frame_number(const std::string& name, std::size_t mark) {
  const std::string digits = name.substr(mark + 2);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

}  // namespace

std::string result_name(const fs::path& relative, std::set<std::string>& taken) {
  std::string name =
      first_free(wanted_name(relative), [&](const std::string& candidate) { return !taken.contains(candidate); });
  taken.insert(name);
  return name;
}

std::string frame_name(const std::string& name, std::int64_t frame) {
  const std::string number = std::to_string(frame + 1);
  return name + "_f" + std::string(number.size() < 4 ? 4 - number.size() : 0, '0') + number;
}

std::string ResultNames::name_for(const fs::path& relative) {
  std::string name = first_free(wanted_name(relative), [&](const std::string& candidate) {
    return !taken_.contains(candidate) && !is_of_frames(candidate);
  });
  taken_.insert(name);
  return name;
}

std::string ResultNames::with_frames(const std::string& name, std::int64_t frames) {
  std::string free = first_free(name, [&](const std::string& candidate) {
    return (candidate == name || (!taken_.contains(candidate) && !is_of_frames(candidate))) &&
           frames_are_free(candidate, frames);
  });
  taken_.insert(free);
  cines_[free] = frames;
  return free;
}

bool ResultNames::is_of_frames(const std::string& name) const {
  constexpr std::string_view kSummary = "_summary";
  if (name.ends_with(kSummary) && cines_.contains(name.substr(0, name.size() - kSummary.size()))) return true;
  const std::size_t mark = name.rfind("_f");
  if (mark == std::string::npos) return false;
  const auto cine = cines_.find(name.substr(0, mark));
  const auto number = frame_number(name, mark);
  return cine != cines_.end() && number && *number <= cine->second && name == frame_name(cine->first, *number - 1);
}

bool ResultNames::frames_are_free(const std::string& name, std::int64_t frames) const {
  if (taken_.contains(name + "_summary")) return false;
  const std::string begin = name + "_f";
  for (auto taken = taken_.lower_bound(begin); taken != taken_.end() && taken->starts_with(begin); ++taken)
    if (const auto number = frame_number(*taken, name.size()); number && *number <= frames) return false;
  return true;
}

}  // namespace lanet
