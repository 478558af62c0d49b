#include <cstdlib>
#include <fstream>
#include <tuple>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/sha256.hpp"
#include "dicom/dicom_file.hpp"
#include "dicom/jpeg2000.hpp"
#include "dicom/palette.hpp"
#include "dicom/structure.hpp"
#include "support/damage.hpp"
#include "support/dicom_bytes.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

std::string digest_of(const Image& image) {
  return sha256_hex({reinterpret_cast<const char*>(image.pixels.data()), image.pixels.size()}).substr(0, 12);
}

TEST(DicomFile, ByHand) {
  const DicomFile file = DicomFile::parse(ultrasound_file({}), "x");
  const DicomInfo& info = file.info();
  EXPECT_EQ(info.sop_instance_uid, "1.2.3.4");
  EXPECT_EQ(info.modality, "US");
  EXPECT_EQ(info.rows, 4);
  EXPECT_EQ(info.columns, 6);
  EXPECT_EQ(info.frame_ms, 40);
  ASSERT_EQ(info.regions.size(), 1U);
  ASSERT_EQ(info.tissue_parts().size(), 1U);
  EXPECT_EQ(info.tissue_parts()[0].box, (Box{1, 0, 5, 3}));
  ASSERT_TRUE(info.spacing);
  EXPECT_DOUBLE_EQ(info.spacing->x_mm, 0.2);
  EXPECT_DOUBLE_EQ(info.spacing->y_mm, 0.1);
  const Image image = file.frame(0);
  EXPECT_EQ(image.channels, 1);
  EXPECT_EQ(image.at(1, 2), 8);
  EXPECT_THROW(file.frame(1), DataError);
  EXPECT_THROW(file.frame(-1), DataError);
}

TEST(DicomFile, FramesColoursAndInversion) {
  const DicomFile cine = DicomFile::parse(ultrasound_file({4, 6, 3}), "x");
  EXPECT_EQ(cine.info().frames, 3);
  EXPECT_EQ(cine.frame(2).at(0, 0), 48);
  const DicomFile colour = DicomFile::parse(ultrasound_file({2, 2, 1, "RGB"}), "x");
  EXPECT_EQ(colour.frame(0).channels, 3);
  EXPECT_EQ(colour.frame(0).at(1, 1, 2), 11);
  const DicomFile inverted = DicomFile::parse(ultrasound_file({4, 6, 1, "MONOCHROME1"}), "x");
  EXPECT_EQ(inverted.frame(0).at(1, 2), 255 - 8);
}

TEST(DicomFile, WithoutCalibrationThereIsNoSpacing) {
  EXPECT_FALSE(DicomFile::parse(ultrasound_file({4, 6, 1, "MONOCHROME2", "", false}), "x").info().spacing);
}

std::string refusal_of(const std::string& bytes) {
  return refusal<DataError>([&] { DicomFile::parse(bytes, "x").frame(0); });
}

TEST(DicomFile, RefusesWhatItIsNot) {
  EXPECT_TRUE(has(refusal_of(""), "0 bytes"));
  EXPECT_TRUE(has(refusal_of("this is a text and nothing else"), "x: lanet found"));
  EXPECT_TRUE(has(refusal_of(ultrasound_dataset({}).file()), "without pixels"));
  UltrasoundObject short_one;
  short_one.pixels = "abcd";  // 24 are said
  EXPECT_NE(refusal_of(ultrasound_file(short_one)), "");
  UltrasoundObject many;
  many.frames = 2'000'000'000;
  many.pixels = "abcdabcdabcdabcdabcdabcd";
  EXPECT_TRUE(has(refusal_of(ultrasound_file(many)), "2000000000 frames"));
  UltrasoundObject wide;
  wide.rows = wide.columns = 60000;
  wide.pixels = "ab";
  EXPECT_TRUE(has(refusal_of(ultrasound_file(wide)), "60000 x 60000"));
  DicomBytes fragments;
  fragments.item(0xFFFEE000, "").item(0xFFFEE000, "abcd").item(0xFFFEE0DD, "");
  const std::string video =
      ultrasound_dataset({}).large(0x7FE00010, "OB", fragments.bytes, 0xFFFFFFFF).file("1.2.840.10008.1.2.4.102");
  EXPECT_TRUE(has(refusal_of(video), "transfer syntax")) << refusal_of(video);
  InputLimits tight;
  tight.dicom_bytes = 100;
  EXPECT_THROW(DicomFile::parse(ultrasound_file({}), "x", tight), DataError);
}

TEST(DicomStructure, NestingLengthsAndDelimitersAreChecked) {
  const InputLimits limits;
  const auto check = [&](const DicomBytes& data) {
    return refusal<DataError>([&] { check_dicom_structure(data.file(), "x", limits); });
  };
  std::string nested;  // 100 sequences in one another, each with an item
  for (int depth = 0; depth < 100; ++depth) {
    DicomBytes item;
    item.item(0xFFFEE000, nested);
    DicomBytes sequence;
    sequence.large(0x00186011, "SQ", item.bytes);
    nested = sequence.bytes;
  }
  EXPECT_TRUE(has(check(DicomBytes{nested}), "nested deeper than 64"));
  // A million open sequences of undefined length in 20 bytes each: no recursion, refused at the 64th.
  std::string open;
  for (int depth = 0; depth < 1'000'000; ++depth)
    open += DicomBytes().large(0x00186011, "SQ", "", 0xFFFFFFFF).item(0xFFFEE000, "", 0xFFFFFFFF).bytes;
  EXPECT_TRUE(has(check(DicomBytes{open}), "nested deeper than 64"));
  EXPECT_TRUE(has(check(DicomBytes().large(0x7FE00010, "OB", "abcd", 400)), "longer than what holds it"));
  DicomBytes escaping;  // an item that is longer than its sequence
  escaping.item(0xFFFEE000, DicomBytes().integer(0x00186012, 1).bytes, 300);
  EXPECT_TRUE(has(check(DicomBytes().large(0x00186011, "SQ", escaping.bytes).integer(0x00280010, 4)), "longer than"));
  EXPECT_TRUE(has(check(DicomBytes().item(0xFFFEE00D, "")), "ends nothing"));
  EXPECT_TRUE(has(check(DicomBytes().item(0xFFFEE000, "abcd")), "outside of a sequence"));
  DicomBytes fragment;
  fragment.item(0xFFFEE000, "").item(0xFFFEE000, "ab", 0xFFFFFFFF);
  EXPECT_TRUE(has(check(DicomBytes().large(0x7FE00010, "OB", fragment.bytes, 0xFFFFFFFF)), "fragment without length"));
  EXPECT_EQ(check(ultrasound_dataset({})), "");
}

TEST(DicomStructure, ADeflatedBombIsCutOff) {
  // 1,000 zero bytes deflate to some ten; the limit is 100 bytes.
  const std::string zeros("\x63\x60\x18\x05\xa3\x60\x14\x0c\x77\x00\x00", 11);
  InputLimits limits;
  limits.dicom_bytes = 500;
  const std::string file = DicomBytes{zeros}.file("1.2.840.10008.1.2.1.99");
  const std::string message = refusal<DataError>([&] { check_dicom_structure(file, "x", limits); });
  EXPECT_TRUE(has(message, "deflated")) << message;
}

TEST(DicomFile, TheHeadersOwnLengthIsNotBelieved) {
  // DCMTK reads header elements for as long as the group length says, and asked for gigabytes in the middle of others.
  const std::string sound = ultrasound_file({});
  for (const std::uint8_t length : {0x00, 0x15, 0xFF}) {
    std::string bytes = sound;
    bytes[141] = static_cast<char>(length);  // second byte of (0002,0000), behind 128 + 4 + 8
    EXPECT_EQ(DicomFile::parse(bytes, "x").frame(0).pixels, DicomFile::parse(sound, "x").frame(0).pixels);
  }
}

TEST(DicomFile, DecodingIsBoundedInTime) {
  InputLimits limits;
  limits.dicom_seconds = 0;  // spent as soon as the object is read
  const DicomFile file = DicomFile::parse(ultrasound_file({}), "x", limits);
  EXPECT_TRUE(has(refusal<DataError>([&] { file.frame(0); }), "dicom_seconds"));
  EXPECT_THROW(limits.validate(), ConfigError);
}

/// A palette image whose descriptor says `entries` values from `first` on, with `given` in the file.
std::string palette_file(std::uint16_t entries, std::uint16_t first, int given, const std::string& pixels) {
  UltrasoundObject wanted;
  wanted.photometric = "PALETTE COLOR";
  DicomBytes data = ultrasound_dataset(wanted);
  const auto words = [](std::initializer_list<int> values) {
    std::string raw;
    for (const int value : values) raw += {static_cast<char>(value & 0xFF), static_cast<char>(value >> 8)};
    return raw;
  };
  for (std::uint32_t colour = 0; colour < 3; ++colour)
    data.element(0x00281101 + colour, "US", words({entries, first, 16}));
  for (std::uint32_t colour = 0; colour < 3; ++colour)
    data.large(0x00281201 + colour, "OW", std::string(static_cast<std::size_t>(2 * given), '\x40'));
  data.large(0x7FE00010, "OB", pixels);
  return data.file();
}

TEST(DicomFile, PalettesThatAreTooShortAreNotReadPast) {
  const std::string all_values = counting_pixels({});
  for (const auto& [entries, first, given] :
       {std::tuple{256, 0, 3}, {0, 0, 4}, {65535, 0, 1}, {4, 65535, 4}, {4, 200, 4}, {256, 0, 0}, {1, 0, 1}}) {
    try {
      const Image image = DicomFile::parse(palette_file(static_cast<std::uint16_t>(entries),
                                                        static_cast<std::uint16_t>(first), given, all_values),
                                           "x")
                              .frame(0);
      EXPECT_EQ(image.pixels.size(), 4U * 6U * 3U);  // what the palette does not name is its nearest entry
    } catch (const DataError&) {
    }
  }
}

TEST(DicomFile, FramesThatAreNotThereAreRefusedBeforeMemoryIsAsked) {
  UltrasoundObject many;
  many.frames = 90'000;  // below the cap; 24 bytes of pixels
  many.pixels = "abcdabcdabcdabcdabcdabcd";
  const DicomFile file = DicomFile::parse(ultrasound_file(many), "x");
  EXPECT_THROW(file.frame(89'999), DataError);
}

TEST(DicomStructure, MoreElementsThanAnyImageHasAreRefused) {
  std::string many;
  for (int element = 0; element < 2'000'001; ++element) many += std::string("\x08\x00\x05\x00\x43\x53\x00\x00", 8);
  const std::string message =
      refusal<DataError>([&] { check_dicom_structure(DicomBytes{many}.file(), "x", InputLimits{}); });
  EXPECT_TRUE(has(message, "two million elements")) << message;
}

TEST(DicomFile, SurvivesDamage) {
  // Whatever it says: an image of the size that the header names, or a refusal.
  for (const std::string& bytes : damaged_copies(ultrasound_file({4, 6, 2, "RGB"}), 2000)) {
    try {
      const DicomFile file = DicomFile::parse(bytes, "x");
      const Image image = file.frame(0);
      EXPECT_EQ(image.height, file.info().rows);
    } catch (const DataError&) {
    }
  }
}

TEST(Palette, SegmentsByHand) {
  // Three values, a line of two to 10, and both once more from the first byte on.
  const std::vector<std::uint16_t> segments{0, 3, 1, 2, 4, 1, 2, 10, 2, 2, 0, 0};
  EXPECT_EQ(expand_segments(segments, 10, "x"), (std::vector<std::uint16_t>{1, 2, 4, 7, 10, 1, 2, 4, 7, 10}));
  EXPECT_THROW(expand_segments(segments, 11, "x"), DataError);
  EXPECT_THROW(expand_segments(segments, 9, "x"), DataError);
  EXPECT_THROW(expand_segments(std::vector<std::uint16_t>{0, 9, 1}, 9, "x"), DataError);
  EXPECT_THROW(expand_segments(std::vector<std::uint16_t>{1, 2, 3}, 2, "x"), DataError);
  // A reference to itself.
  EXPECT_THROW(expand_segments(std::vector<std::uint16_t>{2, 1, 0, 0}, 4, "x"), DataError);
}

TEST(Jpeg2000, RefusesWhatIsNone) {
  const InputLimits limits;
  EXPECT_THROW(decode_jpeg2000("", "x", limits), DataError);
  EXPECT_THROW(decode_jpeg2000(std::string(100, 'a'), "x", limits), DataError);
  EXPECT_THROW(decode_jpeg2000(std::string("\xff\x4f\xff\x51", 4), "x", limits), DataError);
}

/// File, and the first twelve digits of the SHA-256 of its first frames as pydicom 3.0.1 reads them (palettes through
/// apply_color_lut, 16-bit colours by their upper byte; the JPEG-lossless one decompressed by dcmdjpeg before).
struct KnownFile {
  const char* name;
  std::int64_t frames;
  std::vector<std::string> digests;
};
const std::vector<KnownFile> kKnown = {{"JPGLosslessP14SV1_1s_1f_8b.dcm", 1, {"36e27e4f1e87"}},
                                       {"OBXXXX1A.dcm", 1, {"f27736ea1acb"}},
                                       {"OBXXXX1A_2frame.dcm", 2, {"f27736ea1acb", "c495716e8203"}},
                                       {"OBXXXX1A_rle.dcm", 1, {"f27736ea1acb"}},
                                       {"OBXXXX1A_rle_2frame.dcm", 2, {"f27736ea1acb", "c495716e8203"}},
                                       {"US1_J2KI.dcm", 1, {"2138e755d364"}},
                                       {"US1_J2KR.dcm", 1, {"e16892020c73"}},
                                       {"US1_UNCI.dcm", 1, {"2138e755d364"}},
                                       {"US1_UNCR.dcm", 1, {"e16892020c73"}},
                                       {"color-pl.dcm", 1, {"4631a14e915f"}},
                                       {"color-px.dcm", 1, {"4631a14e915f"}},
                                       {"examples_jpeg2k.dcm", 1, {"e16892020c73"}},
                                       {"examples_palette.dcm", 1, {"322156a65198"}},
                                       {"examples_rgb_color.dcm", 1, {"a64f021b9093"}},
                                       {"examples_ybr_color.dcm", 30, {"52353e7c7c11", "e4466c73577f", "7a55df2d2480"}},
                                       {"gdcm-US-ALOKA-16.dcm", 1, {"97697b719ccd"}},
                                       {"gdcm-US-ALOKA-16_big.dcm", 1, {"97697b719ccd"}}};

fs::path real_files() { return fs::path(LANET_SOURCE_DIR) / "../shared/data/us_dicom"; }

TEST(DicomFile, RealFilesHavePydicomsPixels) {
  if (!fs::exists(real_files())) GTEST_SKIP() << "no real DICOM files beside the project";
  for (const KnownFile& known : kKnown) {
    const DicomFile file = DicomFile::open(real_files() / known.name);
    EXPECT_EQ(file.info().frames, known.frames) << known.name;
    for (std::size_t frame = 0; frame < known.digests.size(); ++frame)
      EXPECT_EQ(digest_of(file.frame(static_cast<std::int64_t>(frame))), known.digests[frame]) << known.name;
  }
}

TEST(DicomFile, RealFilesSurviveDamage) {
  if (!fs::exists(real_files())) GTEST_SKIP() << "no real DICOM files beside the project";
  for (const char* name : {"US1_J2KI.dcm", "OBXXXX1A_rle.dcm", "examples_ybr_color.dcm"})
    for (const std::string& bytes : damaged_copies(read_file(real_files() / name), 30)) {
      try {
        DicomFile::parse(bytes, "x").frame(0);
      } catch (const DataError&) {
      }
    }
}

TEST(DicomFile, IsKnownByItsContent) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "1.2.840.7", ultrasound_file({}));
  write_file_atomically(folder / "text.dcm", "DICM");
  EXPECT_TRUE(is_dicom_file(folder / "1.2.840.7"));
  EXPECT_FALSE(is_dicom_file(folder / "text.dcm"));
  EXPECT_FALSE(is_dicom_file(folder / "none"));
}

}  // namespace
}  // namespace lanet
