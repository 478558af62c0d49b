#pragma once

#include <filesystem>
#include <string>

#include "dataset/manifest.hpp"
#include "dataset/split.hpp"
#include "image/codec.hpp"
#include "support/phantom.hpp"

namespace lanet {

/// Writes `count` phantoms with masks, a manifest and a split (the last `val` are val, the `test` before them test)
/// into a folder.
inline Manifest write_phantoms(const std::filesystem::path& folder, std::int64_t count, std::int64_t val = 0,
                               std::int64_t test = 0) {
  Manifest manifest;
  manifest.folder = folder;
  Split split;
  for (std::int64_t index = 0; index < count; ++index) {
    const bool malignant = index % 2 == 1;
    const Phantom phantom = make_phantom(malignant, static_cast<std::uint64_t>(index));
    Sample sample;
    sample.id = "phantom_" + std::to_string(index);
    sample.image = sample.id + ".png";
    sample.masks = {sample.id + "_mask.png"};
    sample.class_name = malignant ? "malignant" : "benign";
    sample.location = Location::kMask;
    sample.group = "patient_" + std::to_string(index);
    write_png(folder / sample.image, phantom.image);
    write_png(folder / sample.masks.front(), phantom.mask);
    split.subset_of[sample.id] = index >= count - val ? "val" : index >= count - val - test ? "test" : "train";
    manifest.samples.push_back(sample);
  }
  write_manifest(folder / kManifestName, manifest);
  write_split(folder / "split.csv", split);
  return manifest;
}

}  // namespace lanet
