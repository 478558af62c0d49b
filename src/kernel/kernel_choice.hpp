#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace lanet {

/// Which of two ways computes the steps of a network for which lanet has a kernel.
enum class KernelUse { kOwn, kLibrary, kAuto };

/// "own", "library" (LibTorch's) or "auto" (for each step the faster one). Throws ConfigError for another name.
KernelUse kernel_use(const std::string& name);

/// Seconds of one call.
struct StepTimes {
  double own_s = 0;
  double library_s = 0;
};

using StepWork = std::function<void()>;

/// Times two ways to compute the same: after a call of each to warm up, in alternating rounds, of which the shortest
/// count; at least three, more where the two are near each other and short. now: seconds on any clock.
StepTimes measure_alternating(const StepWork& own, const StepWork& library, const std::function<double()>& now);

/// Chooses between lanet's kernels and LibTorch's, for each step (what is computed, type of number and sizes). What was
/// chosen holds for the process; it is measured at a step's first use where neither the run at hand nor the machine's
/// cache knows it. Of two that are equally fast, to 3 %, lanet's is chosen. Thread-safe.
class KernelChoice {
 public:
  using Measure = std::function<StepTimes(const StepWork& own, const StepWork& library)>;

  /// Own kernels everywhere, until configure().
  KernelChoice();

  /// How steps are measured from now on, for tests; empty: by measure_alternating on the steady clock, as at first.
  void measure_by(Measure measure);

  /// Forgets what was chosen. machine: names processor, instruction set, threads and versions; choices of another one
  /// in the cache do not count. cache: a file, read now; empty: none. A cache that cannot be read or is damaged counts
  /// as empty.
  void configure(KernelUse use, const std::string& machine, const std::filesystem::path& cache);

  KernelUse use() const { return use_; }

  /// Whether lanet's kernel computes a step. own, library: compute it, without any other effect.
  bool takes_own(const std::string& step, const StepWork& own, const StepWork& library);

  /// What was restored and what was chosen since configure(): one line a step, "own STEP" or "library STEP", in the
  /// order of their names; "" where nothing was, or where nothing is chosen (kOwn, kLibrary).
  std::string chosen() const;
  /// Takes over what chosen() gave: for these steps neither cache nor clock counts. Throws DataError naming `place`.
  void restore(std::string_view lines, const std::string& place);

  /// How many of the steps of chosen() each has, and how many were measured since configure().
  struct Count {
    std::int64_t own = 0, library = 0, measured = 0;
  };
  Count count() const;

  /// Adds what was measured to the cache's file; nothing where nothing was. A file that cannot be written is let be:
  /// the next process then measures anew.
  void save();

 private:
  struct Step {
    bool own = true;
    StepTimes times;
  };
  using Steps = std::map<std::string, Step>;

  Steps read_cache() const;

  Measure measure_;
  KernelUse use_ = KernelUse::kOwn;
  std::string machine_;
  std::filesystem::path cache_file_;
  mutable std::mutex mutex_;
  Steps cached_;                        // of this machine, by earlier processes
  Steps measured_;                      // since configure(), not saved yet
  std::map<std::string, bool> chosen_;  // step -> lanet's own
  std::int64_t measured_count_ = 0;
};

/// That of the process.
KernelChoice& kernel_choice();

/// Where the choices of a machine are kept: a file of the user's cache folder; empty where there is none.
std::filesystem::path kernel_cache_file(const std::string& machine);

}  // namespace lanet
