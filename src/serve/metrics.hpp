#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace lanet {

/// Counts and times of answers, for Prometheus.
class Metrics {
 public:
  /// route: its pattern ("/v1/items/{id}"), never the address that was asked for.
  void count(const std::string& method, const std::string& route, int status, double seconds);
  /// Text exposition format 0.0.4; `gauges`: further lines by name, each with its help text.
  struct Gauge {
    std::string name, help;
    double value = 0;
    bool counter = false;
  };
  std::string text(const std::vector<Gauge>& gauges) const;

 private:
  static constexpr std::array<double, 10> kBounds{.002, .005, .01, .025, .05, .1, .25, .5, 1, 5};
  struct Histogram {
    std::array<std::uint64_t, kBounds.size()> below{};
    std::uint64_t count = 0;
    double sum = 0;
  };
  mutable std::mutex mutex_;
  std::map<std::array<std::string, 3>, std::uint64_t> answers_;  // method, route, status
  std::map<std::string, Histogram> seconds_;                     // by route
};

}  // namespace lanet
