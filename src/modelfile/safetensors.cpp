#include "modelfile/safetensors.hpp"

#include <algorithm>
#include <cstring>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "core/limits.hpp"
#include "core/sha256.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;
constexpr const char* kSealKey = "sha256";
constexpr std::size_t kSealDigits = 64;
constexpr std::size_t kLengthBytes = 8;
constexpr std::int64_t kNesting = 4;  // a sound header has 3

[[noreturn]] void refuse(const std::string& place, const std::string& got, const std::string& expected) {
  throw DataError({place, got, expected, "the file is damaged or not a safetensors file"});
}

std::uint64_t little_endian(const std::string& bytes) {
  std::uint64_t value = 0;
  for (std::size_t index = kLengthBytes; index-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[index]);
  return value;
}

Json parse_header(std::string_view header, const std::string& place) {
  Json json = parse_json<Json>(header, place, kNesting);
  if (!json.is_object()) refuse(place, "a header that is no table", "a table of tensors");
  return json;
}

std::uint64_t byte_count(const TensorInfo& tensor, const std::string& place) {
  const std::size_t element = dtype_bytes(tensor.dtype);
  if (element == 0)
    refuse(place, "dtype '" + tensor.dtype + "' of " + tensor.name, "F64, F32, F16, BF16, an integer type or BOOL");
  const auto most = static_cast<std::uint64_t>(input_limits().model_bytes);
  std::uint64_t count = element;
  for (const std::int64_t side : tensor.shape) {
    if (side < 0) refuse(place, "shape " + shape_text(tensor.shape) + " of " + tensor.name, "sides >= 0");
    if (side > 0 && count > most / static_cast<std::uint64_t>(side))
      refuse(place, "shape " + shape_text(tensor.shape) + " of " + tensor.name, "a tensor that fits in memory");
    count *= static_cast<std::uint64_t>(side);
  }
  return count;
}

TensorInfo read_tensor(const std::string& name, const Json& json, const std::string& place) {
  TensorInfo tensor;
  tensor.name = name;
  try {
    tensor.dtype = json.at("dtype").get<std::string>();
    for (const Json& side : json.at("shape")) {
      if (!side.is_number_integer())
        refuse(place, "a shape of " + name + " that is not whole numbers", "whole numbers");
      tensor.shape.push_back(side.get<std::int64_t>());
    }
    const Json& range = json.at("data_offsets");
    if (!range.is_array() || range.size() != 2 || !range[0].is_number_unsigned() || !range[1].is_number_unsigned())
      refuse(place, "the byte range of " + name, "two whole numbers");
    tensor.begin = range[0].get<std::uint64_t>();
    tensor.end = range[1].get<std::uint64_t>();
  } catch (const nlohmann::json::exception& error) {
    refuse(place, "the entry of " + name + " (" + error.what() + ")", "dtype, shape and data_offsets");
  }
  if (tensor.begin > tensor.end || tensor.end - tensor.begin != byte_count(tensor, place))
    refuse(place, "a byte range of " + name + " that is not that of " + tensor.dtype + " " + shape_text(tensor.shape),
           std::to_string(byte_count(tensor, place)) + " bytes");
  return tensor;
}

/// Where the digits of the seal stand in a file: the digest of all its bytes, with zeros in place of the digits.
std::size_t seal_position(std::string_view content, const std::string& digits) {
  return content.find("\"" + std::string(kSealKey) + "\":\"" + digits + "\"") + std::string(kSealKey).size() + 4;
}

std::string digest_around(std::string_view content, std::size_t seal) {
  Sha256 digest;
  digest.update(content.substr(0, seal));
  digest.update(std::string(kSealDigits, '0'));
  digest.update(content.substr(seal + kSealDigits));
  return digest.hex();
}

void check_ranges(std::vector<TensorInfo> tensors, std::uint64_t data_bytes, const std::string& place) {
  std::sort(tensors.begin(), tensors.end(), [](const TensorInfo& a, const TensorInfo& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
  });
  std::uint64_t position = 0;
  for (const TensorInfo& tensor : tensors) {
    if (tensor.begin != position)
      refuse(place, "a hole or overlap before " + tensor.name, "tensors that follow one another");
    position = tensor.end;
  }
  if (position != data_bytes)
    refuse(place, std::to_string(data_bytes) + " bytes of data", std::to_string(position) + " bytes by the header");
}

}  // namespace

std::size_t dtype_bytes(const std::string& dtype) {
  static const std::map<std::string, std::size_t> kBytes = {{"F64", 8}, {"I64", 8}, {"U64", 8},  {"F32", 4}, {"I32", 4},
                                                            {"U32", 4}, {"F16", 2}, {"BF16", 2}, {"I16", 2}, {"U16", 2},
                                                            {"I8", 1},  {"U8", 1},  {"BOOL", 1}};
  const auto found = kBytes.find(dtype);
  return found == kBytes.end() ? 0 : found->second;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::vector<std::string> sides;
  for (const std::int64_t side : shape) sides.push_back(std::to_string(side));
  return "[" + join_text(sides, ", ") + "]";
}

SafetensorsFile SafetensorsFile::open(const std::filesystem::path& path) {
  return parse(read_file(path, static_cast<std::uint64_t>(input_limits().model_bytes)), path.string());
}

SafetensorsFile SafetensorsFile::parse(std::string bytes, const std::string& place) {
  if (bytes.size() < kLengthBytes) refuse(place, std::to_string(bytes.size()) + " bytes", "a header");
  const std::uint64_t header_bytes = little_endian(bytes);
  if (header_bytes > kMaxHeaderBytes || header_bytes > bytes.size() - kLengthBytes)
    refuse(place, "a header of " + std::to_string(header_bytes) + " bytes in a file of " + std::to_string(bytes.size()),
           "a header of at most 100 MB inside the file");
  SafetensorsFile file;
  file.place_ = place;
  file.content_ = std::move(bytes);
  file.data_begin_ = kLengthBytes + header_bytes;
  const std::string_view header(file.content_.data() + kLengthBytes, header_bytes);
  const Json parsed = parse_header(header, place);
  for (const auto& [name, entry] : parsed.items()) {
    if (name != "__metadata__") {
      file.tensors_.push_back(read_tensor(name, entry, place));
      continue;
    }
    if (!entry.is_object()) refuse(place, "__metadata__ that is no table", "a table of texts");
    for (const auto& [key, value] : entry.items()) {
      if (!value.is_string()) refuse(place, "metadata '" + key + "' that is no text", "texts");
      file.metadata_[key] = value.get<std::string>();
    }
  }
  file.check_seal();
  check_ranges(file.tensors_, file.content_.size() - file.data_begin_, place);
  std::sort(file.tensors_.begin(), file.tensors_.end(),
            [](const TensorInfo& a, const TensorInfo& b) { return a.name < b.name; });
  return file;
}

void SafetensorsFile::check_seal() {
  const auto found = metadata_.find(kSealKey);
  if (found == metadata_.end()) return;
  const std::string digits = found->second;
  const std::size_t seal = seal_position(content_, digits);
  const bool intact = digits.size() == kSealDigits && seal < data_begin_ && digest_around(content_, seal) == digits;
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  const bool believed = true;  // no fuzzer guesses a digest: what lies behind it would never be reached
#else
  const bool believed = intact;
#endif
  if (!believed) refuse(place_, "other bytes than were written (by its checksum)", "an undamaged file");
  seal_ = digits;
  metadata_.erase(found);
}

std::string SafetensorsFile::digest() const { return is_sealed() ? seal_ : sha256_hex(content_); }

const TensorInfo* SafetensorsFile::find(const std::string& name) const {
  const auto found =
      std::lower_bound(tensors_.begin(), tensors_.end(), name,
                       [](const TensorInfo& tensor, const std::string& text) { return tensor.name < text; });
  return found != tensors_.end() && found->name == name ? &*found : nullptr;
}

std::span<const std::byte> SafetensorsFile::bytes(const TensorInfo& tensor) const {
  const auto* data = reinterpret_cast<const std::byte*>(content_.data() + data_begin_);
  return {data + tensor.begin, tensor.end - tensor.begin};
}

void write_safetensors(const std::filesystem::path& path, std::vector<TensorToWrite> tensors,
                       const std::map<std::string, std::string>& metadata, const std::filesystem::path& keep_old_as) {
  // Widest elements first keeps every tensor aligned to its element size.
  std::sort(tensors.begin(), tensors.end(), [](const TensorToWrite& a, const TensorToWrite& b) {
    const std::size_t wide_a = dtype_bytes(a.dtype), wide_b = dtype_bytes(b.dtype);
    return wide_a != wide_b ? wide_a > wide_b : a.name < b.name;
  });
  Json header = Json::object();
  header["__metadata__"] = metadata;
  const std::string no_digits(kSealDigits, '0');
  header["__metadata__"][kSealKey] = no_digits;
  std::uint64_t position = 0;
  for (const TensorToWrite& tensor : tensors) {
    header[tensor.name] = {
        {"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {position, position + tensor.bytes.size()}}};
    position += tensor.bytes.size();
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  std::string content;
  content.reserve(kLengthBytes + text.size() + position);
  for (std::size_t index = 0; index < kLengthBytes; ++index)
    content += static_cast<char>(text.size() >> (8 * index) & 0xff);
  content += text;
  for (const TensorToWrite& tensor : tensors)
    content.append(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
  const std::size_t seal = seal_position(content, no_digits);
  content.replace(seal, kSealDigits, digest_around(content, seal));
  write_file_atomically(path, content, keep_old_as);
}

}  // namespace lanet
