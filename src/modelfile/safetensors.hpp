#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace lanet {

/// One tensor of a safetensors file.
struct TensorInfo {
  std::string name;
  std::string dtype;  // as the format spells it: F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;  // bytes within the data section
  std::uint64_t end = 0;
};

/// Size of one element; 0 for a dtype that is not known.
std::size_t dtype_bytes(const std::string& dtype);
/// "[2, 3]".
std::string shape_text(const std::vector<std::int64_t>& shape);

/// A safetensors file (https://huggingface.co/docs/safetensors), wholly checked when it is opened: header at most 100
/// MB, known dtypes, shapes without overflow that fill their byte range, ranges that cover the data without hole or
/// overlap, and the seal where there is one.
class SafetensorsFile {
 public:
  /// Throws SystemError if it cannot be read, DataError naming what is wrong.
  static SafetensorsFile open(const std::filesystem::path& path);
  static SafetensorsFile parse(std::string bytes, const std::string& place);

  /// Sorted by name.
  const std::vector<TensorInfo>& tensors() const { return tensors_; }
  /// Without the seal.
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  /// Whether the file says the digest of its own bytes; a wrong one is refused. Files of other programs have none.
  bool is_sealed() const { return !seal_.empty(); }
  /// What tells this content from any other: the seal, else the SHA-256 of the file; 64 hexadecimal digits.
  std::string digest() const;
  /// nullptr if there is none of that name.
  const TensorInfo* find(const std::string& name) const;
  std::span<const std::byte> bytes(const TensorInfo& tensor) const;
  const std::string& place() const { return place_; }

 private:
  void check_seal();

  std::string place_;
  std::string content_;
  std::string seal_;
  std::uint64_t data_begin_ = 0;
  std::vector<TensorInfo> tensors_;
  std::map<std::string, std::string> metadata_;
};

struct TensorToWrite {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;  // row-major, little-endian
};

/// Atomic and read back. The same tensors and metadata give the same bytes. The file is sealed: its metadata hold the
/// SHA-256 of the whole file (with zeros in place of the digits). keep_old_as: see replace_file_atomically.
void write_safetensors(const std::filesystem::path& path, std::vector<TensorToWrite> tensors,
                       const std::map<std::string, std::string>& metadata,
                       const std::filesystem::path& keep_old_as = {});

}  // namespace lanet
