#include "core/limits.hpp"

#include "core/error.hpp"

namespace lanet {
namespace {

constexpr double kMost = 1e12;

InputLimits& process_limits() {
  static InputLimits limits;
  return limits;
}

}  // namespace

void InputLimits::visit(FieldVisitor& visitor) {
  visitor.field("image_bytes", image_bytes, "largest image or mask file, bytes");
  visitor.field("image_pixels", image_pixels, "most pixels of an image, width x height");
  visitor.field("image_side", image_side, "longest side of an image, pixels");
  visitor.field("text_bytes", text_bytes, "largest list, settings or JSON file, bytes");
  visitor.field("model_bytes", model_bytes, "largest file of weights, model or checkpoint, bytes");
  visitor.field("dicom_bytes", dicom_bytes, "largest DICOM file, and a deflated one once inflated, bytes");
  visitor.field("archive_entries", archive_entries, "most entries of a zip or tar archive");
  visitor.field("archive_bytes", archive_bytes, "most bytes that all entries of an archive unpack to");
  visitor.field("archive_ratio", archive_ratio, "most bytes that a byte of an archive may unpack to, from 64 MiB on");
  visitor.field("dicom_seconds", dicom_seconds,
                "most time for reading a DICOM object and decoding its frames, seconds; looked at between frames");
  visitor.field("nesting", nesting, "deepest nesting of a JSON text or of DICOM sequences");
}

void InputLimits::validate() const {
  for (const auto& [name, value] : {std::pair{"image_bytes", image_bytes},
                                    {"image_pixels", image_pixels},
                                    {"image_side", image_side},
                                    {"text_bytes", text_bytes},
                                    {"model_bytes", model_bytes},
                                    {"dicom_bytes", dicom_bytes},
                                    {"archive_entries", archive_entries},
                                    {"archive_bytes", archive_bytes},
                                    {"archive_ratio", archive_ratio},
                                    {"dicom_seconds", dicom_seconds},
                                    {"nesting", nesting}})
    require_range(std::string("limits.") + name, static_cast<double>(value), 1, kMost);
}

const InputLimits& input_limits() { return process_limits(); }

void set_input_limits(const InputLimits& limits) {
  limits.validate();
  process_limits() = limits;
}

void check_nesting(std::string_view json, const std::string& place, std::int64_t deepest) {
  std::int64_t depth = 0;
  bool quoted = false;
  for (std::size_t index = 0; index < json.size(); ++index) {
    const char letter = json[index];
    if (quoted) {
      if (letter == '\\') ++index;
      if (letter == '"') quoted = false;
      continue;
    }
    if (letter == '"') quoted = true;
    if (letter == '{' || letter == '[') ++depth;
    if (letter == '}' || letter == ']') --depth;
    if (depth > deepest)
      throw DataError({place, "JSON nested deeper than " + std::to_string(deepest),
                       "at most " + std::to_string(deepest), "raise limits.nesting if the file is sound"});
  }
}

}  // namespace lanet
