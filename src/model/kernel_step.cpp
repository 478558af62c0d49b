#include "model/kernel_step.hpp"

namespace lanet {

std::string step_name(const char* what, torch::ScalarType type, const std::vector<std::int64_t>& sizes) {
  std::string name(what);
  name.append(type == torch::kBFloat16 ? " bf16" : type == torch::kFloat32 ? " fp32" : " fp64");
  for (const std::int64_t size : sizes) name.append(" ").append(std::to_string(size));
  return name;
}

}  // namespace lanet
