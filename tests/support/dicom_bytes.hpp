#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lanet {

/// DICOM written element by element, explicit VR little endian, so that a test can also write what no library would.
class DicomBytes {
 public:
  std::string bytes;

  DicomBytes& integer(std::uint32_t tag, std::uint16_t value) {
    return element(tag, "US", {static_cast<char>(value & 0xFF), static_cast<char>(value >> 8)});
  }
  /// vr: one with a short length.
  DicomBytes& element(std::uint32_t tag, const std::string& vr, std::string value) {
    if (value.size() % 2 == 1) value += vr == "UI" ? '\0' : ' ';
    head(tag, vr);
    put(value.size(), 2);
    bytes += value;
    return *this;
  }
  /// vr: OB, OW, SQ, UN ...; length: what the file says; -1: the value's own.
  DicomBytes& large(std::uint32_t tag, const std::string& vr, const std::string& value, std::int64_t length = -1) {
    head(tag, vr);
    put(0, 2);
    put(length < 0 ? value.size() : static_cast<std::uint64_t>(length), 4);
    bytes += value;
    return *this;
  }
  /// An item or a delimiter.
  DicomBytes& item(std::uint32_t tag, const std::string& value, std::int64_t length = -1) {
    tag_only(tag);
    put(length < 0 ? value.size() : static_cast<std::uint64_t>(length), 4);
    bytes += value;
    return *this;
  }
  /// With preamble and the header that names the transfer syntax.
  std::string file(const std::string& transfer_syntax = "1.2.840.10008.1.2.1") const {
    DicomBytes meta;
    meta.element(0x00020010, "UI", transfer_syntax);
    DicomBytes length;
    length.head(0x00020000, "UL");
    length.put(4, 2);
    length.put(meta.bytes.size(), 4);
    return std::string(128, '\0') + "DICM" + length.bytes + meta.bytes + bytes;
  }

 private:
  void put(std::uint64_t value, int count) {
    for (int index = 0; index < count; ++index) bytes += static_cast<char>(value >> (8 * index) & 0xFF);
  }
  void tag_only(std::uint32_t tag) {
    put(tag >> 16, 2);
    put(tag & 0xFFFF, 2);
  }
  void head(std::uint32_t tag, const std::string& vr) {
    tag_only(tag);
    bytes += vr;
  }
};

struct UltrasoundObject {
  std::uint16_t rows = 4, columns = 6;
  int frames = 1;
  std::string photometric = "MONOCHROME2";
  std::string pixels{};  // empty: 0, 1, 2 ...
  bool with_region = true;
};

/// A small ultrasound image object; its region covers columns 1..4 and rows 0..2 at .2 mm x .1 mm a pixel.
inline DicomBytes ultrasound_dataset(const UltrasoundObject& wanted) {
  DicomBytes data;
  const std::uint16_t samples = wanted.photometric.starts_with("MONO") || wanted.photometric.starts_with("PAL") ? 1 : 3;
  data.element(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.6.1").element(0x00080018, "UI", "1.2.3.4");
  data.element(0x00080060, "CS", "US").element(0x00181063, "DS", "40");
  if (wanted.with_region) {
    DicomBytes region;
    const auto number = [](double value) {
      std::string raw(8, '\0');
      __builtin_memcpy(raw.data(), &value, 8);
      return raw;
    };
    const auto whole = [](std::uint32_t value) {
      std::string raw(4, '\0');
      __builtin_memcpy(raw.data(), &value, 4);
      return raw;
    };
    region.integer(0x00186012, 1).integer(0x00186014, 1);
    region.element(0x00186018, "UL", whole(1)).element(0x0018601A, "UL", whole(0));
    region.element(0x0018601C, "UL", whole(4)).element(0x0018601E, "UL", whole(2));
    region.integer(0x00186024, 3).integer(0x00186026, 3);
    region.element(0x0018602C, "FD", number(0.02)).element(0x0018602E, "FD", number(-0.01));
    DicomBytes items;
    items.item(0xFFFEE000, region.bytes);
    data.large(0x00186011, "SQ", items.bytes);
  }
  data.element(0x0020000D, "UI", "1.2.3.1").element(0x0020000E, "UI", "1.2.3.2");
  data.integer(0x00280002, samples).element(0x00280004, "CS", wanted.photometric);
  if (samples == 3) data.integer(0x00280006, 0);
  data.element(0x00280008, "IS", std::to_string(wanted.frames));
  data.integer(0x00280010, wanted.rows).integer(0x00280011, wanted.columns);
  data.integer(0x00280100, 8).integer(0x00280101, 8).integer(0x00280102, 7).integer(0x00280103, 0);
  return data;
}

inline std::string counting_pixels(const UltrasoundObject& wanted) {
  const int samples = wanted.photometric.starts_with("MONO") || wanted.photometric.starts_with("PAL") ? 1 : 3;
  std::string pixels;
  for (int index = 0; index < wanted.rows * wanted.columns * samples * wanted.frames; ++index)
    pixels += static_cast<char>(index % 256);
  return pixels;
}

/// The whole file.
inline std::string ultrasound_file(const UltrasoundObject& wanted) {
  DicomBytes data = ultrasound_dataset(wanted);
  std::string pixels = wanted.pixels.empty() ? counting_pixels(wanted) : wanted.pixels;
  if (pixels.size() % 2 == 1) pixels += '\0';
  data.large(0x7FE00010, "OB", pixels);
  return data.file();
}

}  // namespace lanet
