#include "train/bad_batch.hpp"

#include <algorithm>

#include <torch/torch.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "image/codec.hpp"
#include "model/weights.hpp"

namespace lanet {
namespace {

/// [1, H, W] in 0..1 as grey values; what is not finite becomes black.
Image to_picture(const torch::Tensor& plane) {
  const auto grey = plane.detach().cpu().to(torch::kFloat32).nan_to_num(0, 1, 0).clamp(0, 1).mul(255).to(torch::kUInt8);
  const auto rows = grey.contiguous();
  Image picture = make_image(rows.size(1), rows.size(2), 1);
  std::copy_n(rows.data_ptr<std::uint8_t>(), picture.pixels.size(), picture.pixels.begin());
  return picture;
}

}  // namespace

void write_bad_batch(const std::filesystem::path& folder, const Batch& batch, const std::vector<std::string>& ids) {
  save_tensors(folder / "batch.safetensors",
               {{"images", batch.images},
                {"masks", batch.masks},
                {"has_label", batch.has_label},
                {"class_index", batch.class_index}},
               {{"ids", join_text(ids, "\n")}});
  for (std::size_t index = 0; index < ids.size(); ++index) {
    std::string name = ids[index];
    std::replace(name.begin(), name.end(), '/', '_');
    write_png(folder / (name + ".png"), to_picture(batch.images[static_cast<std::int64_t>(index)]));
    write_png(folder / (name + "_mask.png"), to_picture(batch.masks[static_cast<std::int64_t>(index)]));
  }
}

void refuse_batch(const std::filesystem::path& run, const Batch& batch, const std::vector<CachedSample>& samples,
                  const std::string& where) {
  const std::filesystem::path folder = run / "bad_batch";
  std::vector<std::string> ids;
  for (const std::int64_t member : batch.members) ids.push_back(samples[static_cast<std::size_t>(member)].id);
  write_bad_batch(folder, batch, ids);
  throw DataError(
      {run.string(), "a loss that is not finite in " + where + ", images " + join_text(ids, ", "), "a finite loss",
       "look at the batch in " + folder.string() + " and lower the learning rate; --resume goes on before this epoch"});
}

}  // namespace lanet
