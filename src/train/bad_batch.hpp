#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "train/batch.hpp"

namespace lanet {

/// Leaves a batch for inspection: batch.safetensors (images, masks, has_label, class_index as the network got them;
/// metadata "ids") and ID.png, ID_mask.png to look at. ids: of the batch's images, in order.
void write_bad_batch(const std::filesystem::path& folder, const Batch& batch, const std::vector<std::string>& ids);

/// Ends a training whose loss is not finite: leaves the batch in RUN/bad_batch and throws DataError naming its images.
/// where: "stage 1, epoch 2, step 3".
[[noreturn]] void refuse_batch(const std::filesystem::path& run, const Batch& batch,
                               const std::vector<CachedSample>& samples, const std::string& where);

}  // namespace lanet
