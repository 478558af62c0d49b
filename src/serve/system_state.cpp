#include "serve/system_state.hpp"

#include <fstream>
#include <sstream>
#include <string>

#include <unistd.h>

namespace lanet {
namespace {

constexpr double kKib = 1024;
constexpr double kMib = kKib * kKib;

/// A line "NAME:  12345 kB" of /proc/meminfo, in MiB.
double meminfo_mib(const std::string& wanted) {
  std::ifstream stream("/proc/meminfo");
  for (std::string line; std::getline(stream, line);)
    if (line.starts_with(wanted + ":")) return std::strtod(line.c_str() + wanted.size() + 1, nullptr) / kKib;
  return 0;
}

}  // namespace

double resident_bytes() {
  std::ifstream stream("/proc/self/statm");
  double all = 0, resident = 0;
  stream >> all >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

SystemState SystemWatch::look(const std::filesystem::path& folder) {
  SystemState state;
  {
    std::ifstream stream("/proc/stat");
    std::string name;
    double user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0, stolen = 0;
    stream >> name >> user >> nice >> system >> idle >> wait >> irq >> soft >> stolen;
    const double busy = user + nice + system + irq + soft + stolen, all = busy + idle + wait;
    const std::lock_guard lock(mutex_);
    if (all > all_) percent_ = 100 * (busy - busy_) / (all - all_);
    busy_ = busy;
    all_ = all;
    state.processor_percent = percent_;
  }
  state.memory_total_mib = meminfo_mib("MemTotal");
  state.memory_mib = state.memory_total_mib - meminfo_mib("MemAvailable");
  state.process_mib = resident_bytes() / kMib;
  std::error_code code;
  const auto space = std::filesystem::space(std::filesystem::exists(folder, code) ? folder : ".", code);
  if (!code) state.disk_free_gib = static_cast<double>(space.available) / (kMib * kKib);
  return state;
}

}  // namespace lanet
