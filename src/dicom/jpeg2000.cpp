#include "dicom/jpeg2000.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

#include <openjpeg.h>

#include "core/error.hpp"

namespace lanet {
namespace {

/// A stream over bytes in memory.
struct Source {
  std::string_view bytes;
  std::size_t position = 0;

  static OPJ_SIZE_T read(void* buffer, OPJ_SIZE_T size, void* data) {
    auto& source = *static_cast<Source*>(data);
    const std::size_t count = std::min<std::size_t>(size, source.bytes.size() - source.position);
    if (count == 0) return static_cast<OPJ_SIZE_T>(-1);
    std::memcpy(buffer, source.bytes.data() + source.position, count);
    source.position += count;
    return count;
  }
  static OPJ_OFF_T skip(OPJ_OFF_T size, void* data) {
    auto& source = *static_cast<Source*>(data);
    const auto left = static_cast<OPJ_OFF_T>(source.bytes.size() - source.position);
    if (size < 0 || size > left) return -1;
    source.position += static_cast<std::size_t>(size);
    return size;
  }
  static OPJ_BOOL seek(OPJ_OFF_T position, void* data) {
    auto& source = *static_cast<Source*>(data);
    if (position < 0 || position > static_cast<OPJ_OFF_T>(source.bytes.size())) return OPJ_FALSE;
    source.position = static_cast<std::size_t>(position);
    return OPJ_TRUE;
  }
};

template <class Handle, void (*Free)(Handle*)>
struct Deleter {
  void operator()(Handle* handle) const { Free(handle); }
};
using Stream = std::unique_ptr<opj_stream_t, Deleter<opj_stream_t, opj_stream_destroy>>;
using Codec = std::unique_ptr<opj_codec_t, Deleter<opj_codec_t, opj_destroy_codec>>;
using Picture = std::unique_ptr<opj_image_t, Deleter<opj_image_t, opj_image_destroy>>;

void silent(const char*, void*) {}

bool is_jp2(std::string_view bytes) { return bytes.size() > 8 && bytes.substr(4, 4) == "jP  "; }

}  // namespace

Jpeg2000Image decode_jpeg2000(std::string_view bytes, const std::string& place, const InputLimits& limits) {
  const auto refuse = [&place](const std::string& got) {
    throw DataError({place, got, "a JPEG 2000 picture", "send it uncompressed or as JPEG"});
  };
  Source source{bytes};
  const Stream stream(opj_stream_default_create(OPJ_TRUE));
  const Codec codec(opj_create_decompress(is_jp2(bytes) ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K));
  opj_stream_set_user_data(stream.get(), &source, nullptr);
  opj_stream_set_user_data_length(stream.get(), bytes.size());
  opj_stream_set_read_function(stream.get(), Source::read);
  opj_stream_set_skip_function(stream.get(), Source::skip);
  opj_stream_set_seek_function(stream.get(), Source::seek);
  opj_set_error_handler(codec.get(), silent, nullptr);
  opj_set_warning_handler(codec.get(), silent, nullptr);
  opj_set_info_handler(codec.get(), silent, nullptr);
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  opj_image_t* header = nullptr;
  if (!opj_setup_decoder(codec.get(), &parameters) || !opj_decoder_set_strict_mode(codec.get(), OPJ_TRUE) ||
      !opj_read_header(stream.get(), codec.get(), &header))
    refuse("a damaged JPEG 2000 header");
  const Picture picture(header);
  // Sizes are believed only within the limits, before anything is decoded.
  const std::int64_t width = std::int64_t{header->x1} - header->x0, height = std::int64_t{header->y1} - header->y0;
  if (width < 1 || height < 1 || width > limits.image_side || height > limits.image_side ||
      width * height > limits.image_pixels || header->numcomps < 1 || header->numcomps > 4)
    refuse("a JPEG 2000 picture of " + std::to_string(width) + " x " + std::to_string(height) + ", " +
           std::to_string(header->numcomps) + " components");
  for (OPJ_UINT32 index = 0; index < header->numcomps; ++index)
    if (header->comps[index].dx != 1 || header->comps[index].dy != 1 || header->comps[index].prec > 16)
      refuse("JPEG 2000 with subsampled components or more than 16 bits");
  if (!opj_decode(codec.get(), stream.get(), header) || !opj_end_decompress(codec.get(), stream.get()))
    refuse("damaged JPEG 2000 data");
  Jpeg2000Image result{
      height, width, header->numcomps, static_cast<int>(header->comps[0].prec), header->comps[0].sgnd != 0, {}};
  const auto pixels = static_cast<std::size_t>(height * width);
  const std::size_t components = header->numcomps;
  result.values.resize(pixels * components);
  for (std::size_t index = 0; index < components; ++index) {
    const opj_image_comp_t& component = header->comps[index];
    if (!component.data || component.w != static_cast<OPJ_UINT32>(width) ||
        component.h != static_cast<OPJ_UINT32>(height))
      refuse("JPEG 2000 components of different sizes");
    for (std::size_t pixel = 0; pixel < pixels; ++pixel)
      result.values[pixel * components + index] = component.data[pixel];
  }
  return result;
}

}  // namespace lanet
