#include "engine/compute.hpp"

#include <cstdlib>
#include <fstream>
#include <thread>

#include <ATen/Version.h>
#include <ATen/autocast_mode.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif
#include <torch/torch.h>
#include <torch/version.h>

#include "core/error.hpp"
#include "core/text.hpp"
#include "core/version.hpp"
#include "kernel/instruction_set.hpp"
#include "kernel/kernel_choice.hpp"

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
    throw ConfigError(
        {"compute.device", name, "cpu", "this LibTorch or this machine has no CUDA: use compute.device=auto"});
  try {
    return torch::Device(name);
  } catch (const c10::Error&) {
    throw ConfigError({"compute.device", name, "auto, cpu, cuda or cuda:N", ""});
  }
}

/// Whether bf16 convolutions run natively; emulated ones are slower than fp32.
bool has_bf16(const torch::Device& device) {
  return device.is_cuda() || std::string(instruction_set_name()) == "avx512bf16";
}

/// All that the speed of a kernel depends on.
std::string machine_of(const Compute& compute) {
  std::string machine = processor_name() + ", lanet " + kVersion + " " + instruction_set_name() + ", LibTorch " +
                        TORCH_VERSION + " " + at::get_cpu_capability();
  if (const char* limit = std::getenv("ONEDNN_MAX_CPU_ISA")) machine += std::string(" ") + limit;
  return machine + ", threads " + std::to_string(compute.threads);
}

/// Activations come and go every step: memory that is handed back to the system would be zeroed and mapped anew each
/// time, a fifth of a step.
void keep_freed_memory() {
#if defined(__GLIBC__)
  constexpr int kMost = 1 << 30;
  mallopt(M_MMAP_THRESHOLD, kMost);
  mallopt(M_TRIM_THRESHOLD, kMost);
  mallopt(M_TOP_PAD, 64 << 20);
#endif
}

}  // namespace

void ComputeOptions::visit(FieldVisitor& visitor) {
  visitor.field("device", device, "auto (cuda where there is one), cpu, cuda, cuda:1 ...");
  visitor.field("precision", precision, "auto (bf16 where the processor computes it natively), fp32, bf16");
  visitor.field("threads", threads, "threads for computing; 0: one per core. Results repeat exactly for equal numbers");
  visitor.field("kernels", kernels,
                "auto (each step of the network by lanet's kernel or LibTorch's, whichever is faster on this machine: "
                "measured once, kept with the run), own, library");
  visitor.field(
      "checkpoint_seconds", checkpoint_seconds,
      "training: least time between two checkpoints, 0..86400; 0: one after every epoch. Where an epoch takes "
      "a second, as on a GPU, writing them would take as long again");
}

void ComputeOptions::validate() const {
  require_one_of("compute.precision", precision, {"auto", "fp32", "bf16"});
  require_range("compute.threads", static_cast<double>(threads), 0, 1024);
  require_range("compute.checkpoint_seconds", checkpoint_seconds, 0, 86400);
  require_one_of("compute.kernels", kernels, {"auto", "own", "library"});
  if (device != "auto" && device != "cpu" && device.rfind("cuda", 0) != 0)
    throw ConfigError({"compute.device", device, "auto, cpu, cuda or cuda:N", ""});
}

Compute choose_compute(const ComputeOptions& options) {
  keep_freed_memory();
  Compute compute;
  compute.device = choose_device(options.device);
  compute.bf16 = options.precision == "bf16" || (options.precision == "auto" && has_bf16(compute.device));
  const std::int64_t cores = std::max(1U, std::thread::hardware_concurrency());
  compute.threads = options.threads > 0 ? options.threads : cores;
  torch::set_num_threads(static_cast<int>(compute.threads));
  compute.device_name = compute.device.is_cuda()
                            ? "CUDA device " + compute.device.str()
                            : processor_name() + ", " + std::to_string(compute.threads) + " threads";
  const std::string machine = machine_of(compute);
  kernel_choice().configure(kernel_use(options.kernels), machine, kernel_cache_file(machine));
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
