#include "image/gif.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <vector>

#include <gif_lib.h>

#include "core/error.hpp"

namespace lanet {
namespace {

struct Source {
  std::string_view rest;
};

int read_from(GifFileType* gif, GifByteType* target, int count) {
  auto& source = *static_cast<Source*>(gif->UserData);
  const std::size_t taken = std::min(source.rest.size(), static_cast<std::size_t>(count));
  std::memcpy(target, source.rest.data(), taken);
  source.rest.remove_prefix(taken);
  return static_cast<int>(taken);
}

struct Closer {
  void operator()(GifFileType* gif) const { DGifCloseFile(gif, nullptr); }
};

/// Decodes picture after picture; throws DataError for what is damaged.
class GifReader {
 public:
  GifReader(std::string_view bytes, const std::string& place, std::int64_t height, std::int64_t width)
      : source_{bytes},
        place_(place),
        canvas_(static_cast<int>(height), static_cast<int>(width), CV_8UC4, cv::Scalar(0, 0, 0, 0)) {
    gif_.reset(DGifOpen(&source_, read_from, nullptr));
    if (!gif_) fail();
  }

  cv::Mat picture(std::int64_t page) {
    for (std::int64_t seen = -1; seen < page;) {
      GifRecordType kind = UNDEFINED_RECORD_TYPE;
      if (DGifGetRecordType(gif_.get(), &kind) == GIF_ERROR || kind == TERMINATE_RECORD_TYPE) fail();
      if (kind == EXTENSION_RECORD_TYPE) read_extension();
      if (kind == IMAGE_DESC_RECORD_TYPE) {
        draw();
        ++seen;
      }
    }
    return canvas_;
  }

 private:
  Source source_;
  const std::string& place_;
  cv::Mat canvas_;
  std::unique_ptr<GifFileType, Closer> gif_;
  int transparent_ = NO_TRANSPARENT_COLOR;

  [[noreturn]] void fail() const {
    throw DataError({place_, "a damaged GIF file", "a whole GIF file", "save the picture anew"});
  }

  void read_extension() {
    int code = 0;
    GifByteType* block = nullptr;
    if (DGifGetExtension(gif_.get(), &code, &block) == GIF_ERROR) fail();
    while (block != nullptr) {
      GraphicsControlBlock control;
      if (code == GRAPHICS_EXT_FUNC_CODE && DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
        transparent_ = control.TransparentColor;
      if (DGifGetExtensionNext(gif_.get(), &block) == GIF_ERROR) fail();
    }
  }

  void draw() {
    if (DGifGetImageDesc(gif_.get()) == GIF_ERROR) fail();
    const GifImageDesc& part = gif_->Image;
    const ColorMapObject* colours = part.ColorMap != nullptr ? part.ColorMap : gif_->SColorMap;
    // A part past the canvas would be a picture of another size than was checked.
    if (colours == nullptr || part.Left < 0 || part.Top < 0 || part.Width < 1 || part.Height < 1 ||
        part.Left + part.Width > canvas_.cols || part.Top + part.Height > canvas_.rows)
      fail();
    std::vector<GifPixelType> line(static_cast<std::size_t>(part.Width));
    struct Pass {
      int first, step;
    };
    const std::vector<Pass> passes =
        part.Interlace ? std::vector<Pass>{{0, 8}, {4, 8}, {2, 4}, {1, 2}} : std::vector<Pass>{{0, 1}};
    for (const Pass& pass : passes)
      for (int row = pass.first; row < part.Height; row += pass.step) {
        if (DGifGetLine(gif_.get(), line.data(), part.Width) == GIF_ERROR) fail();
        auto* pixel = canvas_.ptr<cv::Vec4b>(part.Top + row) + part.Left;
        for (int column = 0; column < part.Width; ++column, ++pixel) {
          const int index = line[static_cast<std::size_t>(column)];
          if (index == transparent_ || index >= colours->ColorCount) continue;
          const GifColorType& colour = colours->Colors[index];
          *pixel = {colour.Blue, colour.Green, colour.Red, 255};
        }
      }
    transparent_ = NO_TRANSPARENT_COLOR;
  }
};

}  // namespace

cv::Mat decode_gif(std::string_view bytes, const std::string& place, std::int64_t height, std::int64_t width,
                   std::int64_t page) {
  return GifReader(bytes, place, height, width).picture(page);
}

}  // namespace lanet
