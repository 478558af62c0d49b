#include "capi/lanet.h"

#include <algorithm>
#include <cstring>
#include <mutex>

#include <dlfcn.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/limits.hpp"
#include "core/nan.hpp"
#include "core/preset.hpp"
#include "core/settings.hpp"
#include "core/version.hpp"
#include "finding/finding_json.hpp"
#include "infer/finder.hpp"
#include "infer/picture_file.hpp"
#include "runtime/openvino_engine.hpp"

struct lanet_model {
  std::unique_ptr<lanet::Engine> engine;
  std::unique_ptr<lanet::Finder> finder;
  std::mutex busy;
};

struct lanet_finding {
  lanet::Finding finding;
  mutable std::once_flag written;
  mutable std::string json;  // made when it is first asked for
};

namespace {

thread_local std::string last_error;

/// No exception may cross into C: the message is kept instead. nullptr where `make` throws.
template <class Make>
auto guarded(const Make& make) -> decltype(make()) {
  last_error.clear();
  try {
    return make();
  } catch (const std::exception& error) {
    last_error = error.what();
  } catch (...) {
    last_error = "an unknown error";
  }
  return nullptr;
}

void require(bool holds, const char* what) {
  if (!holds) throw lanet::ConfigError({"lanet.h", what, "", "see the comment of the function"});
}

/// The caller's options; members that its version did not know have their defaults.
lanet_options complete(const lanet_options* given) {
  lanet_options options = LANET_OPTIONS_DEFAULT;
  if (!given) return options;
  require(given->size >= sizeof(std::size_t) && given->size <= 4096, "options without their size");
  std::memcpy(&options, given, std::min(given->size, sizeof options));
  return options;
}

/// Bundled models lie beside this library, not beside the program that loaded it.
std::filesystem::path library_folder() {
  Dl_info info{};
  if (!dladdr(reinterpret_cast<const void*>(&lanet_version), &info) || !info.dli_fname) return {};
  return std::filesystem::weakly_canonical(info.dli_fname).parent_path();
}

std::unique_ptr<lanet_model> open(const char* file_or_name, const lanet_options& options) {
  lanet::OpenVinoOptions engine;
  if (options.precision) engine.precision = options.precision;
  engine.threads = options.threads;
  if (options.cache) engine.cache = options.cache;
  lanet::FinderOptions finder;
  if (options.threshold >= 0) finder.threshold = options.threshold;
  if (options.lesion_threshold >= 0) finder.lesion_threshold = options.lesion_threshold;
  if (options.mask_threshold >= 0) finder.mask_threshold = options.mask_threshold;
  auto model = std::make_unique<lanet_model>();
  model->engine = lanet::make_openvino_engine(lanet::find_model(file_or_name, library_folder()), engine);
  model->finder = std::make_unique<lanet::Finder>(*model->engine, finder);
  return model;
}

lanet_finding* find(lanet_model& model, const lanet::FinderInput& input) {
  auto result = std::make_unique<lanet_finding>();
  {
    const std::lock_guard lock(model.busy);
    result->finding = model.finder->find(input).finding;
  }
  return result.release();
}

}  // namespace

const char* lanet_version(void) { return lanet::kVersion; }

const char* lanet_last_error(void) { return last_error.c_str(); }

lanet_model* lanet_model_open(const char* file_or_name, const lanet_options* options) {
  return guarded([&] {
    require(file_or_name != nullptr, "no model");
    return open(file_or_name, complete(options)).release();
  });
}

void lanet_model_close(lanet_model* model) { delete model; }

size_t lanet_model_class_count(const lanet_model* model) {
  return model ? model->engine->info().card.classes.size() : 0;
}

const char* lanet_model_class_name(const lanet_model* model, size_t index) {
  return index < lanet_model_class_count(model) ? model->engine->info().card.classes[index].c_str() : nullptr;
}

const char* lanet_model_id(const lanet_model* model) {
  return model ? model->engine->info().model_id.c_str() : nullptr;
}

lanet_finding* lanet_find_file(lanet_model* model, const char* file) {
  return guarded([&] {
    require(model && file, "no model or no file");
    return find(*model, lanet::read_only_picture(file));
  });
}

int64_t lanet_frame_count(const char* file) {
  constexpr int64_t kFailed = -1;
  const std::unique_ptr<int64_t> count = guarded([&]() -> std::unique_ptr<int64_t> {
    require(file != nullptr, "no file");
    return std::make_unique<int64_t>(lanet::count_pictures(file));
  });
  return count ? *count : kFailed;
}

lanet_finding* lanet_find_frame(lanet_model* model, const char* file, int64_t frame) {
  return guarded([&] {
    require(model && file, "no model or no file");
    return find(*model, lanet::read_picture(file, frame));
  });
}

lanet_finding* lanet_find_bytes(lanet_model* model, const void* bytes, size_t count) {
  return guarded([&] {
    require(model && bytes, "no model or no bytes");
    return find(*model, lanet::read_only_picture_bytes({static_cast<const char*>(bytes), count}, "image"));
  });
}

lanet_finding* lanet_find_pixels(lanet_model* model, const uint8_t* pixels, int64_t height, int64_t width, int channels,
                                 int64_t row_stride) {
  return guarded([&] {
    require(model && pixels, "no model or no pixels");
    const lanet::InputLimits limits = lanet::input_limits();
    require(height > 0 && width > 0 && height <= limits.image_side && width <= limits.image_side &&
                height * width <= limits.image_pixels,
            "an image without pixels or past the limits");
    require(channels == 1 || channels == 3, "channels other than 1 and 3");
    require(row_stride >= width * channels, "a row_stride below width * channels");
    lanet::Image image = lanet::make_image(height, width, channels);
    for (int64_t row = 0; row < height; ++row)
      std::copy_n(pixels + row * row_stride, width * channels, image.pixels.begin() + row * width * channels);
    return find(*model, {"image", std::move(image), std::nullopt, std::nullopt});
  });
}

void lanet_finding_free(lanet_finding* finding) { delete finding; }

double lanet_finding_probability(const lanet_finding* finding, size_t class_index) {
  if (!finding || class_index >= finding->finding.classes.size()) return lanet::kNan;
  return finding->finding.classes[class_index].probability;
}

const char* lanet_finding_decision(const lanet_finding* finding) {
  return finding ? finding->finding.decision.c_str() : nullptr;
}

size_t lanet_finding_doubt_count(const lanet_finding* finding) { return finding ? finding->finding.doubts.size() : 0; }

const char* lanet_finding_doubt(const lanet_finding* finding, size_t index) {
  return index < lanet_finding_doubt_count(finding) ? finding->finding.doubts[index].c_str() : nullptr;
}

size_t lanet_finding_lesion_count(const lanet_finding* finding) {
  return finding ? finding->finding.lesions.size() : 0;
}

int lanet_finding_lesion(const lanet_finding* finding, size_t index, lanet_lesion* lesion) {
  if (index >= lanet_finding_lesion_count(finding) || !lesion) return 0;
  const lanet::Lesion& from = finding->finding.lesions[index];
  *lesion = {from.box.x1,  from.box.y1,     from.box.x2,    from.box.y2,
             from.area_px, from.longest_px, from.across_px, from.mean_probability};
  return 1;
}

size_t lanet_finding_part_count(const lanet_finding* finding) { return finding ? finding->finding.parts.size() : 0; }

int64_t lanet_finding_lesion_part(const lanet_finding* finding, size_t index) {
  return index < lanet_finding_lesion_count(finding) ? finding->finding.lesions[index].part : 0;
}

const uint8_t* lanet_finding_mask(const lanet_finding* finding, int64_t* height, int64_t* width) {
  if (!finding || finding->finding.mask.empty()) return nullptr;
  if (height) *height = finding->finding.mask.height;
  if (width) *width = finding->finding.mask.width;
  return finding->finding.mask.pixels.data();
}

const char* lanet_finding_json(const lanet_finding* finding) {
  return guarded([&]() -> const char* {
    require(finding != nullptr, "no finding");
    std::call_once(finding->written, [&] { finding->json = lanet::to_json(finding->finding); });
    return finding->json.c_str();
  });
}
