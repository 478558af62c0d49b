#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include <httplib.h>

namespace lanet {

/// Bytes of all bodies that are in memory at one time.
class ReceivingBudget {
 public:
  explicit ReceivingBudget(std::uint64_t most) : most_(most) {}
  bool take(std::uint64_t bytes);
  void give(std::uint64_t bytes) { used_ -= bytes; }
  std::uint64_t used() const { return used_.load(); }

 private:
  std::uint64_t most_;
  std::atomic<std::uint64_t> used_{0};
};

/// A body in memory, counted in the budget as long as it lives.
class Body {
 public:
  /// Reads it. Throws HttpError: 413 past `most` bytes, as soon as they are there and whatever the framing; 503 where
  /// the budget is spent; 400 for a body that breaks off. reader null: no body.
  Body(const httplib::ContentReader* reader, std::uint64_t most, ReceivingBudget& budget);
  ~Body();
  Body(Body&& other) noexcept;
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;
  Body& operator=(Body&&) = delete;

  const std::string& bytes() const { return bytes_; }

 private:
  void give_back();

  ReceivingBudget* budget_;
  std::string bytes_;
  std::uint64_t counted_ = 0;
};

}  // namespace lanet
