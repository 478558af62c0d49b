#include <algorithm>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcrleerg.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmjpeg/djencode.h>
#include <dcmtk/dcmjpeg/djrploss.h>
#include <dcmtk/dcmjpls/djencode.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "dicom/attributes.hpp"
#include "dicom/colour_model.hpp"
#include "dicom/deidentify.hpp"
#include "dicom/dicom_file.hpp"
#include "dicom/fragments.hpp"
#include "support/dicom_bytes.hpp"
#include "support/refused.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr std::uint16_t kRows = 48, kColumns = 64;

/// Frames that compress to different lengths: grey speckle with a bright bar at another place in each.
std::string speckle(int frames, int samples) {
  std::string pixels;
  std::uint32_t state = 1;
  for (int frame = 0; frame < frames; ++frame)
    for (int row = 0; row < kRows; ++row)
      for (int column = 0; column < kColumns; ++column) {
        state = state * 1664525 + 1013904223;
        const int value = row / 8 == frame ? 250 : 20 + static_cast<int>(state >> 26) + column;
        for (int sample = 0; sample < samples; ++sample) pixels += static_cast<char>(value);
      }
  return pixels;
}

std::string written(DcmDataset& data, E_TransferSyntax syntax) {
  DcmFileFormat format(&data);
  format.validateMetaInfo(syntax, EWM_createNewMeta);
  format.transferInit();
  OFCondition ended;
  const std::string bytes = written_bytes(
      [&](DcmOutputStream& stream) { return format.write(stream, syntax, EET_UndefinedLength, nullptr); }, ended);
  format.transferEnd();
  EXPECT_TRUE(ended.good()) << ended.text();
  return bytes;
}

enum class JpegWriter { kYcc, kRgb };

/// Compressed by DCMTK. writer: how colours are stored.
std::string compressed(const UltrasoundObject& object, E_TransferSyntax syntax, JpegWriter writer = JpegWriter::kYcc,
                       E_SubSampling sampling = ESS_444) {
  DJEncoderRegistration::registerCodecs(writer == JpegWriter::kYcc ? ECC_lossyYCbCr : ECC_lossyRGB, EUC_never, OFFalse,
                                        0, 0, 0, OFTrue, sampling);
  DJLSEncoderRegistration::registerCodecs();
  DcmRLEEncoderRegistration::registerCodecs();
  const DicomFile file = DicomFile::parse(ultrasound_file(object), "x");
  DcmDataset& data = file.dataset();
  const DJ_RPLossy lossy(95);
  const bool jpeg = is_lossy_jpeg(syntax);
  EXPECT_TRUE(data.chooseRepresentation(syntax, jpeg ? &lossy : nullptr).good());
  data.removeAllButCurrentRepresentations();
  const std::string bytes = written(data, syntax);
  DJEncoderRegistration::cleanup();
  DJLSEncoderRegistration::cleanup();
  DcmRLEEncoderRegistration::cleanup();
  return bytes;
}

/// The fragments behind an empty offset table.
std::vector<std::string> fragments_in(const DicomFile& file, std::int64_t frames) {
  std::vector<std::string> fragments;
  for (std::int64_t frame = 0; frame < frames; ++frame)
    fragments.push_back(compressed_frame(file.dataset(), frame, frames, "x"));
  return fragments;
}

/// The object with other fragments, and NumberOfFrames as it is told.
std::string with_fragments(const std::string& bytes, const std::vector<std::string>& fragments, int said) {
  // The pixels are the last element: everything before them stays, and the rest is written anew.
  const std::size_t pixels = bytes.rfind(std::string("\xE0\x7F\x10\x00OB\0\0\xFF\xFF\xFF\xFF", 12));
  EXPECT_NE(pixels, std::string::npos);
  DicomBytes end;
  end.item(0xFFFEE000, "");
  for (std::string fragment : fragments) {
    if (fragment.size() % 2 == 1) fragment += '\0';
    end.item(0xFFFEE000, fragment);
  }
  end.item(0xFFFEE0DD, "");
  std::string whole = bytes.substr(0, pixels + 12) + end.bytes;
  const std::size_t count = whole.find(std::string("\x28\x00\x08\x00IS\x02\x00", 8));
  EXPECT_NE(count, std::string::npos);
  whole[count + 8] = static_cast<char>('0' + said);
  return whole;
}

std::vector<std::string> in_pieces(const std::string& bytes, std::size_t length) {
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < bytes.size(); at += length) pieces.push_back(bytes.substr(at, length));
  return pieces;
}

UltrasoundObject speckled(int frames, const std::string& photometric) {
  return {kRows, kColumns, frames, photometric, speckle(frames, photometric == "RGB" ? 3 : 1)};
}

class Fragments : public testing::TestWithParam<E_TransferSyntax> {};

TEST_P(Fragments, OfAnyDivisionAreRead) {
  const bool run_lengths = GetParam() == EXS_RLELossless;
  const std::string plain = compressed(speckled(3, "MONOCHROME2"), GetParam());
  const DicomFile sound = DicomFile::parse(plain, "x");
  const std::vector<std::string> frames = fragments_in(sound, 3);
  std::vector<std::string> halves, all_pieces;
  for (const std::string& frame : frames)
    for (const std::string& half : in_pieces(frame, frame.size() / 4 * 2 + 2)) halves.push_back(half);
  const std::string all = frames[0] + frames[1] + frames[2];
  std::vector<std::vector<std::string>> divisions{halves};
  if (!run_lengths) {  // what begins in the middle of a fragment is known by its markers alone
    divisions.push_back({all});
    divisions.push_back(in_pieces(all, 100));
    divisions.push_back({frames[0] + frames[1], frames[2]});
    divisions.push_back(in_pieces(all, all.size() / 6 * 2 + 2));  // three again, but of other bytes
  }
  for (const auto& division : divisions) {
    const DicomFile file = DicomFile::parse(with_fragments(plain, division, 3), "x");
    ASSERT_EQ(file.info().frames, 3);
    EXPECT_TRUE(file.info().doubts.empty());
    for (std::int64_t frame = 0; frame < 3; ++frame)
      EXPECT_EQ(file.frame(frame).pixels, sound.frame(frame).pixels) << division.size() << " fragments, " << frame;
  }
}

TEST_P(Fragments, MoreOrFewerFramesThanTheHeaderSaysAreSaid) {
  const std::string plain = compressed(speckled(3, "MONOCHROME2"), GetParam());
  const DicomFile sound = DicomFile::parse(plain, "x");
  for (const int said : {1, 2, 7}) {
    const DicomFile file = DicomFile::parse(with_fragments(plain, fragments_in(sound, 3), said), "x");
    ASSERT_EQ(file.info().frames, 3) << said;
    ASSERT_EQ(file.info().doubts.size(), 1U);
    EXPECT_TRUE(has(file.info().doubts[0], "its pixel data hold 3")) << file.info().doubts[0];
    EXPECT_EQ(file.frame(2).pixels, sound.frame(2).pixels);
  }
}

INSTANTIATE_TEST_SUITE_P(Syntaxes, Fragments,
                         testing::Values(EXS_JPEGProcess1, EXS_JPEGProcess14SV1, EXS_JPEGLSLossless, EXS_RLELossless));

TEST(Codestreams, EndWhereTheirMarkersSay) {
  const auto bytes = [](const char* text, std::size_t count) { return std::string(text, count); };
  // JPEG: a comment that holds an end marker, a scan with a stuffed FF and a restart, the end; then padding.
  const std::string jpeg =
      bytes("\xFF\xD8\xFF\xFE\x00\x04\xFF\xD9\xFF\xDA\x00\x02\x12\xFF\x00\xFF\xD0\x34\xFF\xD9", 20);
  ASSERT_EQ(split_codestreams(jpeg + '\0' + jpeg, Codestream::kJpeg).size(), 2U);
  EXPECT_EQ(split_codestreams(jpeg + '\0' + jpeg, Codestream::kJpeg)[1].begin, 21U);
  EXPECT_EQ(split_codestreams(jpeg + jpeg.substr(0, 15), Codestream::kJpeg).size(), 2U);  // cut off
  EXPECT_TRUE(split_codestreams("x" + jpeg, Codestream::kJpeg).empty());
  EXPECT_TRUE(split_codestreams(jpeg + "x" + jpeg, Codestream::kJpeg).empty());
  // JPEG 2000: SIZ of 4 bytes, a tile part of 14 bytes that holds what looks like an end, the end.
  const std::string part = bytes("\xFF\x90\x00\x0A\x00\x00\x00\x00\x00\x10\x00\x01\xFF\x93\xFF\xD9", 16);
  const std::string wavelets = bytes("\xFF\x4F\xFF\x51\x00\x04\x00\x00", 8) + part + bytes("\xFF\xD9", 2);
  ASSERT_EQ(split_codestreams(wavelets + wavelets, Codestream::kJpeg2000).size(), 2U);
  EXPECT_EQ(split_codestreams(wavelets + wavelets, Codestream::kJpeg2000)[1].begin, wavelets.size());
  for (std::size_t length = 0; length < wavelets.size(); ++length) {
    split_codestreams(wavelets.substr(0, length), Codestream::kJpeg2000);
    split_codestreams(jpeg.substr(0, length), Codestream::kJpeg);
  }
}

/// The file with another photometric interpretation, of the same length.
std::string tagged(std::string bytes, const std::string& photometric) {
  const std::size_t at = bytes.find(std::string("\x28\x00\x04\x00\x43\x53", 6));
  EXPECT_NE(at, std::string::npos);
  const auto length = static_cast<std::size_t>(bytes[at + 6]);
  std::string value = photometric;
  if (value.size() % 2 == 1) value += ' ';
  return bytes.substr(0, at + 6) + static_cast<char>(value.size()) + '\0' + value + bytes.substr(at + 8 + length);
}

/// Largest difference of the samples of a pixel: small in grey.
int colour_of(const Image& image) {
  int most = 0;
  for (std::size_t at = 0; at < image.pixels.size(); at += 3) {
    const auto [low, high] = std::minmax({image.pixels[at], image.pixels[at + 1], image.pixels[at + 2]});
    most = std::max(most, int{high} - int{low});
  }
  return most;
}

TEST(ColourModel, IsThePicturesOwnWhateverTheHeaderSays) {
  constexpr int kGrey = 12;
  for (const E_SubSampling sampling : {ESS_444, ESS_422})
    for (const JpegWriter writer : {JpegWriter::kYcc, JpegWriter::kRgb}) {
      if (writer == JpegWriter::kRgb && sampling != ESS_444) continue;
      const std::string sound = compressed(speckled(1, "RGB"), EXS_JPEGProcess1, writer, sampling);
      const Image right = DicomFile::parse(sound, "x").frame(0);
      EXPECT_LE(colour_of(right), kGrey);
      for (const char* said : {"RGB", "YBR_FULL", "YBR_FULL_422"}) {
        const DicomFile file = DicomFile::parse(tagged(sound, said), "x");
        EXPECT_EQ(file.frame(0).pixels, right.pixels) << said;
        EXPECT_EQ(file.info().photometric, said);
      }
      // Without any marker, components named 1 2 3: by sight.
      std::string nameless = sound;
      for (const char* marker : {"JFIF", "Adobe"})
        if (const std::size_t at = nameless.find(marker); at != std::string::npos) nameless[at] = 'X';
      const std::size_t frame = nameless.find(std::string("\xFF\xC0\x00\x11", 4));
      ASSERT_NE(frame, std::string::npos);
      const std::size_t scan = nameless.find(std::string("\xFF\xDA\x00\x0C\x03", 5));
      ASSERT_NE(scan, std::string::npos);
      for (std::size_t component = 0; component < 3; ++component) {
        nameless[frame + 10 + 3 * component] = static_cast<char>(component + 1);
        nameless[scan + 5 + 2 * component] = static_cast<char>(component + 1);
      }
      for (const char* said : {"RGB", "YBR_FULL_422"})
        EXPECT_EQ(DicomFile::parse(tagged(nameless, said), "x").frame(0).pixels, right.pixels) << said;
    }
}

TEST(ColourModel, BySightOnlyWhereItIsClear) {
  Image image = make_image(2, 2, 3);
  const auto fill = [&](int first, int second, int third) {
    for (std::size_t at = 0; at < image.pixels.size(); at += 3) {
      image.pixels[at] = static_cast<std::uint8_t>(first);
      image.pixels[at + 1] = static_cast<std::uint8_t>(second);
      image.pixels[at + 2] = static_cast<std::uint8_t>(third);
    }
    return colour_model_by_sight(image);
  };
  EXPECT_EQ(fill(40, 40, 42), ColourModel::kRgb);
  EXPECT_EQ(fill(40, 128, 126), ColourModel::kYcc);
  EXPECT_EQ(fill(128, 128, 128), ColourModel::kUnknown);
  EXPECT_EQ(fill(200, 20, 90), ColourModel::kUnknown);
}

TEST(DicomFile, OverlayPlanesAreNotSeen) {
  const auto with_overlay = [](bool there) {
    UltrasoundObject object{8, 8};
    DicomBytes data = ultrasound_dataset(object);
    if (there) {
      const auto word = [](int value) {
        return std::string{static_cast<char>(value & 0xFF), static_cast<char>(value >> 8)};
      };
      data.integer(0x60000010, 8).integer(0x60000011, 8).element(0x60000040, "CS", "G");
      data.element(0x60000050, "SS", word(1) + word(1)).integer(0x60000100, 1).integer(0x60000102, 0);
      data.element(0x60001001, "CS", "GRAPHICS").large(0x60003000, "OW", std::string(8, '\xFF'));
    }
    data.large(0x7FE00010, "OB", counting_pixels(object));
    return DicomFile::parse(data.file(), "x").frame(0).pixels;
  };
  EXPECT_EQ(with_overlay(true), with_overlay(false));
}

TEST(DicomFile, APixelSpacingThatNoBreastHasIsDoubted) {
  const auto spaced = [](const std::string& spacing) {
    UltrasoundObject object{100, 100, 1, "MONOCHROME2", std::string(10'000, 'a'), false};
    DicomBytes data = ultrasound_dataset(object);
    data.element(0x00280030, "DS", spacing).large(0x7FE00010, "OB", object.pixels);
    return DicomFile::parse(data.file(), "x").info();
  };
  EXPECT_DOUBLE_EQ(spaced("0.5\\0.4").spacing->x_mm, 0.4);
  EXPECT_TRUE(spaced("0.5\\0.4").doubts.empty());
  for (const char* wrong : {"3\\3", "0.05\\0.05"}) {  // 300 mm and 5 mm
    EXPECT_FALSE(spaced(wrong).spacing) << wrong;
    ASSERT_EQ(spaced(wrong).doubts.size(), 1U) << wrong;
    EXPECT_TRUE(has(spaced(wrong).doubts[0], "which no breast is")) << spaced(wrong).doubts[0];
  }
}

DicomInfo info_with(const std::vector<Box>& tissue) {
  DicomInfo info;
  info.rows = 480;
  info.columns = 1000;
  for (const Box& box : tissue) info.regions.push_back({box, 1, 1, std::nullopt});
  return info;
}

std::vector<Box> parts_of_info(const std::vector<Box>& tissue) {
  std::vector<Box> boxes;
  for (const TissuePart& part : info_with(tissue).tissue_parts()) boxes.push_back(part.box);
  return boxes;
}

TEST(TissueParts, FromLeftToRightAndApart) {
  const Box left{50, 60, 324, 430}, right{600, 60, 876, 412};
  EXPECT_EQ(parts_of_info({right, left}), (std::vector<Box>{left, right}));
  EXPECT_TRUE(parts_of_info({}).empty());
  EXPECT_EQ(parts_of_info({left, left}), (std::vector<Box>{left}));                // named twice
  EXPECT_EQ(parts_of_info({left, {60, 70, 100, 100}}), (std::vector<Box>{left}));  // within another
  EXPECT_EQ(parts_of_info({{0, 0, 500, 400}, {499, 0, 900, 400}}),                 // share a column
            (std::vector<Box>{{0, 0, 500, 400}, {500, 0, 900, 400}}));
  std::vector<Box> many;
  for (int index = 0; index < 40; ++index) many.push_back({20.0 * index, 0, 20.0 * index + 10, 10.0 + index});
  EXPECT_EQ(parts_of_info(many).size(), kMostTissueParts);
  DicomInfo other = info_with({left, right});
  other.regions[1].data_type = 2;  // colour flow
  EXPECT_EQ(other.tissue_parts().size(), 1U);
}

fs::path cases() { return fs::path(LANET_SOURCE_DIR) / "../shared/cases/11-dicom"; }

TEST(DicomFile, CasesFromTheField) {
  if (!fs::exists(cases())) GTEST_SKIP() << "no cases beside the project";
  const Image plain = DicomFile::open(cases() / "00_ref_grey.dcm").frame(0);
  EXPECT_EQ(DicomFile::open(cases() / "81_overlay.dcm").frame(0).pixels, plain.pixels);
  const DicomFile split = DicomFile::open(cases() / "12_mf_split_nobot.dcm");
  ASSERT_EQ(split.info().frames, 3);
  for (std::int64_t frame = 0; frame < 3; ++frame) EXPECT_EQ(split.frame(frame).height, 480);
  EXPECT_NE(split.frame(1).pixels, split.frame(0).pixels);
  const DicomFile grabbed = DicomFile::open(cases() / "37_pixelspacing_1_1.dcm");
  EXPECT_FALSE(grabbed.info().spacing);
  EXPECT_EQ(grabbed.info().doubts.size(), 1U);
  EXPECT_EQ(DicomFile::open(cases() / "40_dual.dcm").info().tissue_parts().size(), 2U);
  const std::string jpeg = read_file(cases() / "01_jpeg_ybr422_correct.dcm");
  EXPECT_EQ(DicomFile::parse(tagged(jpeg, "RGB"), "x").frame(0).pixels, DicomFile::parse(jpeg, "x").frame(0).pixels);
}

}  // namespace
}  // namespace lanet
