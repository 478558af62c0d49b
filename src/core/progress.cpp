#include "core/progress.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

#include "core/text.hpp"

namespace lanet {
namespace {

using Clock = std::chrono::steady_clock;
constexpr double kPlainInterval = 10;  // seconds between lines off a terminal
constexpr double kBarInterval = 0.1;

class ConsoleProgress final : public Progress {
 public:
  ConsoleProgress() : terminal_(::isatty(STDERR_FILENO) != 0), colour_(terminal_ && !std::getenv("NO_COLOR")) {}
  ~ConsoleProgress() override { clear_bar(); }

  void begin(const std::string& title, std::int64_t total) override {
    title_ = title;
    total_ = std::max<std::int64_t>(total, 1);
    started_ = shown_ = Clock::now();
  }

  void update(std::int64_t done, const std::string& status) override {
    const auto now = Clock::now();
    if (seconds(shown_, now) < (terminal_ ? kBarInterval : kPlainInterval)) return;
    shown_ = now;
    const double left = seconds(started_, now) / static_cast<double>(std::max<std::int64_t>(done, 1)) *
                        static_cast<double>(total_ - done);
    const std::string line = title_ + " " + std::to_string(done) + "/" + std::to_string(total_) +
                             (status.empty() ? "" : "  " + status) + "  " + human_seconds(left) + " left";
    if (terminal_)
      draw_bar(done, line);
    else
      std::fprintf(stderr, "%s\n", line.c_str());
  }

  void end(const std::string& summary) override {
    clear_bar();
    const std::string time = human_seconds(seconds(started_, Clock::now()));
    std::fprintf(stderr, "%s: %s (%s)\n", title_.c_str(), summary.c_str(), time.c_str());
  }

  void note(const std::string& line) override {
    clear_bar();
    std::fprintf(stderr, "%s\n", line.c_str());
  }

 private:
  static double seconds(Clock::time_point first, Clock::time_point last) {
    return std::chrono::duration<double>(last - first).count();
  }

  void draw_bar(std::int64_t done, const std::string& line) {
    constexpr std::int64_t kWidth = 24;
    const std::int64_t filled = std::clamp<std::int64_t>(done * kWidth / total_, 0, kWidth);
    std::string bar;
    for (std::int64_t cell = 0; cell < kWidth; ++cell) bar += cell < filled ? "█" : "░";
    winsize window{};
    ::ioctl(STDERR_FILENO, TIOCGWINSZ, &window);
    const std::size_t room = std::max<std::size_t>(window.ws_col, 60) - kWidth - 2;
    std::fprintf(stderr, "\r\033[K%s%s%s %s", colour_ ? "\033[36m" : "", bar.c_str(), colour_ ? "\033[0m" : "",
                 line.substr(0, room).c_str());
    std::fflush(stderr);
    drawn_ = true;
  }

  void clear_bar() {
    if (drawn_) std::fprintf(stderr, "\r\033[K");
    drawn_ = false;
  }

  bool terminal_;
  bool colour_;
  bool drawn_ = false;
  std::string title_;
  std::int64_t total_ = 1;
  Clock::time_point started_;
  Clock::time_point shown_;
};

}  // namespace

std::unique_ptr<Progress> make_console_progress() { return std::make_unique<ConsoleProgress>(); }

}  // namespace lanet
