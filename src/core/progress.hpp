#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace lanet {

/// Where long work tells how far it is. Library code calls it; only the command line decides how it looks.
class Progress {
 public:
  virtual ~Progress() = default;
  /// A new piece of work of `total` steps begins (an epoch, a folder of images).
  virtual void begin(const std::string& title, std::int64_t total) = 0;
  /// `done` steps of it are finished; `status` is a short text ("loss 0.312, 14.2 images/s").
  virtual void update(std::int64_t done, const std::string& status) = 0;
  /// The piece is finished; `summary` stays visible.
  virtual void end(const std::string& summary) = 0;
  /// One line for the user between pieces of work.
  virtual void note(const std::string& line) = 0;
};

/// Says nothing.
class SilentProgress final : public Progress {
 public:
  void begin(const std::string&, std::int64_t) override {}
  void update(std::int64_t, const std::string&) override {}
  void end(const std::string&) override {}
  void note(const std::string&) override {}
};

/// On standard error: a bar with time left on a terminal (colour unless NO_COLOR is set), plain lines at most every
/// 10 seconds elsewhere.
std::unique_ptr<Progress> make_console_progress();

}  // namespace lanet
