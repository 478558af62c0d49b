#include "serve/metrics.hpp"

#include "core/text.hpp"

namespace lanet {

void Metrics::count(const std::string& method, const std::string& route, int status, double seconds) {
  const std::lock_guard lock(mutex_);
  ++answers_[{method, route, std::to_string(status)}];
  Histogram& histogram = seconds_[route];
  for (std::size_t bound = 0; bound < kBounds.size(); ++bound) histogram.below[bound] += seconds <= kBounds[bound];
  ++histogram.count;
  histogram.sum += seconds;
}

std::string Metrics::text(const std::vector<Gauge>& gauges) const {
  std::string text =
      "# HELP lanet_http_requests_total Answers by method, route and status.\n"
      "# TYPE lanet_http_requests_total counter\n";
  const std::lock_guard lock(mutex_);
  for (const auto& [key, count] : answers_)
    text += "lanet_http_requests_total{method=\"" + key[0] + "\",route=\"" + key[1] + "\",status=\"" + key[2] + "\"} " +
            std::to_string(count) + "\n";
  text +=
      "# HELP lanet_http_request_seconds Time from a request's head to its answer.\n"
      "# TYPE lanet_http_request_seconds histogram\n";
  for (const auto& [route, histogram] : seconds_) {
    const std::string label = "lanet_http_request_seconds_bucket{route=\"" + route + "\",le=\"";
    for (std::size_t bound = 0; bound < kBounds.size(); ++bound)
      text += label + exact(kBounds[bound]) + "\"} " + std::to_string(histogram.below[bound]) + "\n";
    text += label + "+Inf\"} " + std::to_string(histogram.count) + "\n";
    text += "lanet_http_request_seconds_sum{route=\"" + route + "\"} " + exact(histogram.sum) + "\n";
    text += "lanet_http_request_seconds_count{route=\"" + route + "\"} " + std::to_string(histogram.count) + "\n";
  }
  for (const Gauge& gauge : gauges)
    text += "# HELP " + gauge.name + " " + gauge.help + "\n# TYPE " + gauge.name +
            (gauge.counter ? " counter\n" : " gauge\n") + gauge.name + " " + exact(gauge.value) + "\n";
  return text;
}

}  // namespace lanet
