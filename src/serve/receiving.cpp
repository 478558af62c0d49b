#include "serve/receiving.hpp"

#include <utility>

#include "serve/http_error.hpp"

namespace lanet {

bool ReceivingBudget::take(std::uint64_t bytes) {
  if (used_.fetch_add(bytes) + bytes <= most_) return true;
  used_ -= bytes;
  return false;
}

Body::Body(const httplib::ContentReader* reader, std::uint64_t most, ReceivingBudget& budget) : budget_(&budget) {
  if (!reader) return;
  bool too_long = false, no_budget = false;
  const bool complete = (*reader)([&](const char* data, std::size_t size) {
    too_long = bytes_.size() + size > most;
    no_budget = !too_long && !budget_->take(size);
    if (too_long || no_budget) return false;
    counted_ += size;
    bytes_.append(data, size);
    return true;
  });
  if (complete) return;
  give_back();
  if (too_long) throw HttpError(413, "a body longer than " + std::to_string(most) + " bytes");
  if (no_budget) throw HttpError(503, "too many uploads at a time; try again", 2);
  throw HttpError(400, "a body that breaks off, is too slow or whose chunks are damaged");
}

Body::~Body() { give_back(); }

Body::Body(Body&& other) noexcept
    : budget_(other.budget_), bytes_(std::move(other.bytes_)), counted_(std::exchange(other.counted_, 0)) {}

void Body::give_back() { budget_->give(std::exchange(counted_, 0)); }

}  // namespace lanet
