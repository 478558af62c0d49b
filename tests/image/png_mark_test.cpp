#include "image/png_mark.hpp"

#include <gtest/gtest.h>

#include "core/file.hpp"
#include "core/output_folder.hpp"
#include "image/codec.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

TEST(PngMark, EveryPngCarriesItAndIsReadAsBefore) {
  Mask mask = make_mask(4, 6);
  mask.at(2, 3) = 1;
  for (const PngMark mark : {PngMark::kPicture, PngMark::kTruthMask, PngMark::kResult}) {
    const std::string png = encode_png(mask, mark);
    EXPECT_TRUE(bytes_carry_lanet_mark(png));
    EXPECT_EQ(decode_mask(png, "x").pixels, mask.pixels);
    EXPECT_EQ(is_result_picture(png), mark == PngMark::kResult);
  }
}

TEST(PngMark, AMaskDrawnAtImportIsNoResult) {
  const TemporaryFolder folder;
  write_png(folder / "truth.png", make_mask(4, 6));
  write_png(folder / "found.png", make_mask(4, 6), PngMark::kResult);
  EXPECT_FALSE(is_result_picture_file(folder / "truth.png"));
  EXPECT_TRUE(is_result_picture_file(folder / "found.png"));
  EXPECT_FALSE(is_result_picture_file(folder / "none.png"));
}

TEST(PngMark, OtherFilesAndBrokenChunksAreNoResults) {
  EXPECT_FALSE(is_result_picture(std::string_view("lanet 1 result")));
  const std::string png = encode_png(make_mask(4, 6), PngMark::kResult);
  for (std::size_t length = 0; length < 50; ++length) EXPECT_FALSE(is_result_picture(png.substr(0, length))) << length;
  std::string endless = png;
  endless[33] = '\xff';  // the length of the text chunk
  EXPECT_FALSE(is_result_picture(endless));
}

}  // namespace
}  // namespace lanet
