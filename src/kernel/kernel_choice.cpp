#include "kernel/kernel_choice.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "core/cache_folder.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "core/sha256.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

using nlohmann::ordered_json;

constexpr const char* kFormat = "lanet-kernels";
constexpr int kFormatVersion = 1;
constexpr double kTie = 1.03;
constexpr std::string_view kOwnWord = "own ", kLibraryWord = "library ";

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

KernelUse kernel_use(const std::string& name) {
  if (name == "own") return KernelUse::kOwn;
  if (name == "library") return KernelUse::kLibrary;
  if (name == "auto") return KernelUse::kAuto;
  throw ConfigError({"compute.kernels", name, "auto, own or library", ""});
}

StepTimes measure_alternating(const StepWork& own, const StepWork& library, const std::function<double()>& now) {
  constexpr int kFewestRounds = 3, kMostRounds = 9;
  constexpr double kRound = 2e-4, kEnough = 0.25;  // seconds of a round at least, and of all rounds
  constexpr double kClear = 1.3;                   // where one is so much faster more rounds would not turn it
  const auto timed = [&](const StepWork& work, int calls) {
    const double start = now();
    for (int call = 0; call < calls; ++call) work();
    return (now() - start) / calls;
  };
  const double begin = now(), own_once = timed(own, 1), library_once = timed(library, 1);
  const double once = std::max(own_once, library_once);
  const int calls = static_cast<int>(std::clamp(kRound / std::max(once, 1e-9), 1.0, 64.0));
  StepTimes best{INFINITY, INFINITY};
  for (int round = 0; round < kMostRounds; ++round) {
    best.own_s = std::min(best.own_s, timed(own, calls));
    best.library_s = std::min(best.library_s, timed(library, calls));
    const bool clear = best.own_s > kClear * best.library_s || best.library_s > kClear * best.own_s;
    if (round + 1 >= kFewestRounds && (clear || now() - begin > kEnough)) break;
  }
  return best;
}

KernelChoice::KernelChoice() { measure_by({}); }

void KernelChoice::measure_by(Measure measure) {
  const std::lock_guard lock(mutex_);
  measure_ = std::move(measure);
  if (!measure_)
    measure_ = [](const StepWork& own, const StepWork& library) {
      return measure_alternating(own, library, steady_seconds);
    };
}

void KernelChoice::configure(KernelUse use, const std::string& machine, const std::filesystem::path& cache) {
  const std::lock_guard lock(mutex_);
  use_ = use;
  machine_ = machine;
  cache_file_ = cache;
  chosen_.clear();
  measured_.clear();
  measured_count_ = 0;
  cached_ = use == KernelUse::kAuto ? read_cache() : Steps();
}

bool KernelChoice::takes_own(const std::string& step, const StepWork& own, const StepWork& library) {
  const std::lock_guard lock(mutex_);  // while one thread measures, others wait: they would disturb it
  if (use_ != KernelUse::kAuto) return use_ == KernelUse::kOwn;
  if (const auto known = chosen_.find(step); known != chosen_.end()) return known->second;
  if (const auto known = cached_.find(step); known != cached_.end()) return chosen_[step] = known->second.own;
  const StepTimes times = measure_(own, library);
  const bool takes_own = !(times.own_s > kTie * times.library_s);
  measured_[step] = {takes_own, times};
  ++measured_count_;
  return chosen_[step] = takes_own;
}

std::string KernelChoice::chosen() const {
  const std::lock_guard lock(mutex_);
  std::string lines;
  for (const auto& [step, own] : chosen_) lines.append(own ? kOwnWord : kLibraryWord).append(step).append("\n");
  return lines;
}

void KernelChoice::restore(std::string_view lines, const std::string& place) {
  std::map<std::string, bool> steps;
  for (const std::string& line : split_text(trim(std::string(lines)), '\n')) {
    if (line.empty()) continue;
    const bool own = line.starts_with(kOwnWord);
    if (!own && !line.starts_with(kLibraryWord))
      throw DataError({place, "the kernel '" + line + "'", "'own STEP' or 'library STEP'", "begin a new run"});
    steps[line.substr((own ? kOwnWord : kLibraryWord).size())] = own;
  }
  const std::lock_guard lock(mutex_);
  if (use_ != KernelUse::kAuto) return;
  for (const auto& [step, own] : steps) chosen_[step] = own;
}

KernelChoice::Count KernelChoice::count() const {
  const std::lock_guard lock(mutex_);
  Count count;
  for (const auto& [step, own] : chosen_) ++(own ? count.own : count.library);
  count.measured = measured_count_;
  return count;
}

KernelChoice::Steps KernelChoice::read_cache() const {
  if (cache_file_.empty()) return {};
  try {
    const auto json = parse_json(read_text_file(cache_file_), cache_file_.string());
    if (json.at("format") != kFormat || json.at("version") != kFormatVersion || json.at("machine") != machine_)
      return {};
    Steps steps;
    for (const auto& [step, entry] : json.at("steps").items()) {
      const std::string use = entry.at("use");
      if (use != "own" && use != "library") return {};
      steps[step] = {use == "own",
                     {entry.at("own_us").get<double>() / 1e6, entry.at("library_us").get<double>() / 1e6}};
    }
    return steps;
  } catch (const Error&) {
    return {};  // missing or damaged: all is measured anew
  } catch (const nlohmann::json::exception&) {
    return {};
  }
}

void KernelChoice::save() {
  const std::lock_guard lock(mutex_);
  if (measured_.empty() || cache_file_.empty()) return;
  Steps steps = read_cache();  // what other processes have added meanwhile stays
  steps.insert(measured_.begin(), measured_.end());
  ordered_json list = ordered_json::object();
  for (const auto& [step, entry] : steps)
    list[step] = {{"use", entry.own ? "own" : "library"},
                  {"own_us", entry.times.own_s * 1e6},
                  {"library_us", entry.times.library_s * 1e6}};
  const ordered_json json{{"format", kFormat}, {"version", kFormatVersion}, {"machine", machine_}, {"steps", list}};
  try {
    write_file_atomically(cache_file_, json.dump(2) + "\n");
  } catch (const Error&) {  // a read-only or full disk costs a new measurement, no training
  }
  cached_.insert(measured_.begin(), measured_.end());
  measured_.clear();
}

KernelChoice& kernel_choice() {
  static KernelChoice choice;
  return choice;
}

std::filesystem::path kernel_cache_file(const std::string& machine) {
  constexpr std::size_t kDigits = 16;
  const std::filesystem::path folder = user_cache_folder();
  if (folder.empty()) return {};
  return folder / ("kernels-" + sha256_hex(machine).substr(0, kDigits) + ".json");
}

}  // namespace lanet
