#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace lanet {

/// One tensor of a `.pth` file, contiguous and row-major.
struct PthTensor {
  std::string name;
  std::string dtype;  // as in safetensors: F32, F64, F16, BF16, I64, ...
  std::vector<std::int64_t> shape;
  std::vector<std::byte> bytes;
};

/// State dict of a PyTorch file: the zip form of torch >= 1.6 and the plain form before it. The pickle inside is read
/// by an interpreter that knows only what a state dict needs: nothing is imported or executed, every other opcode or
/// name is refused. A state dict below "state_dict" or "model" is found; entries that are not tensors are left out.
/// Throws DataError naming what is wrong.
std::vector<PthTensor> read_pth(const std::filesystem::path& path);
/// The same from the file's bytes.
std::vector<PthTensor> parse_pth(std::string_view bytes, const std::string& place);

}  // namespace lanet
