#include "dicom/lesion_frame.hpp"

#include <algorithm>

#include "image/geometry.hpp"
#include "image/region.hpp"

namespace lanet {
namespace {

constexpr std::int64_t kBitsOfAByte = 8;

void set_bit(std::vector<std::uint8_t>& bits, std::int64_t index) {
  bits[static_cast<std::size_t>(index / kBitsOfAByte)] |= static_cast<std::uint8_t>(1U << (index % kBitsOfAByte));
}

bool bit(const std::vector<std::uint8_t>& bits, std::int64_t index) {
  return (bits[static_cast<std::size_t>(index / kBitsOfAByte)] >> (index % kBitsOfAByte) & 1U) != 0;
}

struct PlacedComponent {
  Component component;
  Box box;  // in the whole image
};

/// In the order of the finding's lesions. Lesions of neighbouring parts may touch, and are still two.
std::vector<PlacedComponent> lesions_of(const Finding& finding) {
  std::vector<PlacedComponent> all;
  std::vector<Box> regions;
  for (const FindingPart& part : finding.parts) regions.push_back(part.region);
  if (regions.empty()) {
    for (Component& component : components(finding.mask)) all.push_back({component, component.box});
    return all;
  }
  for (const Box& region : regions)
    for (Component& component : components(crop(finding.mask, region))) {
      const Box& box = component.box;
      all.push_back({component, {box.x1 + region.x1, box.y1 + region.y1, box.x2 + region.x1, box.y2 + region.y1}});
    }
  std::stable_sort(all.begin(), all.end(), [](const PlacedComponent& first, const PlacedComponent& second) {
    return first.component.area > second.component.area;
  });
  return all;
}

PackedPart pack(const Component& component, const Box& box) {
  const std::vector<std::uint8_t>& pixels = component.mask.pixels;
  PackedPart part{box, std::vector<std::uint8_t>((pixels.size() + kBitsOfAByte - 1) / kBitsOfAByte)};
  for (std::size_t pixel = 0; pixel < pixels.size(); ++pixel)
    if (pixels[pixel]) set_bit(part.bits, static_cast<std::int64_t>(pixel));
  return part;
}

}  // namespace

void PackedPart::unpack(std::vector<std::uint8_t>& target, std::int64_t first, std::int64_t columns) const {
  const auto left = static_cast<std::int64_t>(box.x1), top = static_cast<std::int64_t>(box.y1);
  const auto width = static_cast<std::int64_t>(box.width()), height = static_cast<std::int64_t>(box.height());
  for (std::int64_t row = 0; row < height; ++row)
    for (std::int64_t column = 0; column < width; ++column)
      if (bit(bits, row * width + column)) set_bit(target, first + (top + row) * columns + left + column);
}

LesionFrame pack_lesions(std::int64_t frame, const Finding& finding) {
  LesionFrame packed{frame, {}, finding.mask.height, finding.mask.width, {}};
  packed.finding = {finding.image_id, finding.classes,      finding.decision, {},
                    finding.lesions,  finding.spacing,      finding.doubts,   finding.model_id,
                    finding.parts,    finding.decision_part};
  if (finding.mask.empty()) return packed;
  for (const PlacedComponent& component : lesions_of(finding)) {
    if (packed.segments.size() < kMostSegments) packed.segments.emplace_back();
    packed.segments.back().push_back(pack(component.component, component.box));
  }
  return packed;
}

Mask unpack_mask(const LesionFrame& packed) {
  if (packed.mask_height == 0) return {};
  std::vector<std::uint8_t> bits(
      static_cast<std::size_t>((packed.mask_height * packed.mask_width + kBitsOfAByte - 1) / kBitsOfAByte));
  for (const auto& segment : packed.segments)
    for (const PackedPart& part : segment) part.unpack(bits, 0, packed.mask_width);
  Mask mask = make_mask(packed.mask_height, packed.mask_width);
  for (std::size_t pixel = 0; pixel < mask.pixels.size(); ++pixel)
    mask.pixels[pixel] = bit(bits, static_cast<std::int64_t>(pixel));
  return mask;
}

}  // namespace lanet
