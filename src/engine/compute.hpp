#pragma once

#include <cstdint>
#include <string>

#include <torch/types.h>

#include "core/settings.hpp"

namespace lanet {

/// How and where the computing is done.
struct ComputeOptions {
  std::string device = "auto";
  std::string precision = "auto";
  std::int64_t threads = 0;
  std::string kernels = "auto";
  double checkpoint_seconds = 0.0;

  void visit(FieldVisitor& visitor);
  void validate() const;
};

/// The machine's answer to ComputeOptions.
struct Compute {
  torch::Device device = torch::kCPU;
  bool bf16 = false;
  std::int64_t threads = 1;
  std::string device_name;  // "AMD EPYC ..., 2 threads" or "CUDA device 0"

  const char* precision() const { return bf16 ? "bf16" : "fp32"; }
};

/// Chooses device and precision, sets LibTorch's number of threads, and configures kernel_choice() for this machine
/// with the user's cache. Throws ConfigError where a device or precision is asked for that is not there.
Compute choose_compute(const ComputeOptions& options);

/// While it lives, convolutions and matrix products run in bf16 if `compute.bf16` (autocast), everything else in fp32.
class AutocastScope {
 public:
  explicit AutocastScope(const Compute& compute);
  ~AutocastScope();
  AutocastScope(const AutocastScope&) = delete;
  AutocastScope& operator=(const AutocastScope&) = delete;

 private:
  bool active_;
  c10::DeviceType type_;
  bool was_enabled_ = false;
  at::ScalarType old_type_ = at::kBFloat16;
};

}  // namespace lanet
