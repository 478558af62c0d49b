#include "infer/result_algorithm.hpp"

#include <algorithm>

#include "core/sha256.hpp"

namespace lanet {

ResultAlgorithm result_algorithm(const EngineInfo& info) {
  constexpr std::size_t kDigits = 12;
  const std::string ending = ".safetensors ";
  const std::size_t at = info.model_id.rfind(ending);
  const std::size_t spaces = static_cast<std::size_t>(std::count(info.model_id.begin(), info.model_id.end(), ' '));
  if (spaces == 1 && at != std::string::npos)
    return {info.model_id.substr(0, at), info.model_id.substr(at + ending.size())};
  return {info.model_id, sha256_hex(info.model_id).substr(0, kDigits)};
}

}  // namespace lanet
