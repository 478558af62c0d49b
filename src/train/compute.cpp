#include "train/compute.hpp"

#include <ATen/autocast_mode.h>
#include <ATen/cpu/Utils.h>
#include <fstream>
#include <thread>

#include <torch/torch.h>

#include "core/error.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.rfind("model name", 0) == 0) return trim(line.substr(line.find(':') + 1));
  return "unknown processor";
}

torch::Device choose_device(const std::string& name) {
  const bool cuda = torch::cuda::is_available();
  if (name == "auto") return cuda ? torch::Device(torch::kCUDA, 0) : torch::Device(torch::kCPU);
  if (name == "cpu") return torch::kCPU;
  if (!cuda)
    throw ConfigError({"compute.device", name, "cpu", "this LibTorch or this machine has no CUDA: use compute.device=auto"});
  try {
    return torch::Device(name);
  } catch (const c10::Error&) {
    throw ConfigError({"compute.device", name, "auto, cpu, cuda or cuda:N", ""});
  }
}

bool has_bf16(const torch::Device& device) {
  return device.is_cuda() || at::cpu::is_avx512_bf16_supported() || at::cpu::is_amx_tile_supported();
}

}  // namespace

Compute choose_compute(const ComputeOptions& options) {
  Compute compute;
  compute.device = choose_device(options.device);
  compute.bf16 = options.precision == "bf16" || (options.precision == "auto" && has_bf16(compute.device));
  const std::int64_t cores = std::max(1U, std::thread::hardware_concurrency());
  compute.threads = options.threads > 0 ? options.threads : cores;
  torch::set_num_threads(static_cast<int>(compute.threads));
  compute.device_name = compute.device.is_cuda() ? "CUDA device " + compute.device.str()
                                                 : processor_name() + ", " + std::to_string(compute.threads) + " threads";
  return compute;
}

AutocastScope::AutocastScope(const Compute& compute) : active_(compute.bf16), type_(compute.device.type()) {
  if (!active_) return;
  was_enabled_ = at::autocast::is_autocast_enabled(type_);
  old_type_ = at::autocast::get_autocast_dtype(type_);
  at::autocast::set_autocast_enabled(type_, true);
  at::autocast::set_autocast_dtype(type_, at::kBFloat16);
  at::autocast::increment_nesting();
}

AutocastScope::~AutocastScope() {
  if (!active_) return;
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(type_, was_enabled_);
  at::autocast::set_autocast_dtype(type_, old_type_);
}

}  // namespace lanet
