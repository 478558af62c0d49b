#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <torch/types.h>

#include "kernel/kernel_choice.hpp"

namespace lanet {

/// What kernel_choice() knows a step by: "depthwise.forward fp32 8 64 64 144 ...".
std::string step_name(const char* what, torch::ScalarType type, const std::vector<std::int64_t>& sizes);

/// The result of own() or of library(), whichever kernel_choice() takes for the step. Both compute the same within
/// rounding, and nothing else; where the choice is measured both are called several times before. own_cost and
/// library_cost stand for them in the measurement (for steps whose way back counts, too).
template <class Own, class Library, class OwnCost, class LibraryCost>
auto chosen_step(const char* what, torch::ScalarType type, const std::vector<std::int64_t>& sizes, const Own& own,
                 const Library& library, const OwnCost& own_cost, const LibraryCost& library_cost) {
  KernelChoice& choice = kernel_choice();
  const bool takes_own = choice.use() == KernelUse::kAuto
                             ? choice.takes_own(step_name(what, type, sizes), own_cost, library_cost)
                             : choice.use() == KernelUse::kOwn;
  return takes_own ? own() : library();
}

template <class Own, class Library>
auto chosen_step(const char* what, torch::ScalarType type, const std::vector<std::int64_t>& sizes, const Own& own,
                 const Library& library) {
  return chosen_step(
      what, type, sizes, own, library, [&] { own(); }, [&] { library(); });
}

}  // namespace lanet
