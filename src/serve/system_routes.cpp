#include "core/version.hpp"
#include "serve/api.hpp"
#include "serve/system_state.hpp"

namespace lanet {
namespace {

using Json = nlohmann::ordered_json;

double uptime_s(const Api& api) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - api.started).count();
}

void get_health(Api& api, httplib::Response& response) {
  WorkQueue& queue = api.room.queue();
  reply_json(response, {{"status", api.stopping ? "stopping" : "ok"},
                        {"version", kVersion},
                        {"queue", {{"waiting", queue.waiting()}, {"capacity", queue.capacity()}}}});
}

void get_system(Api& api, SystemWatch& watch, httplib::Response& response) {
  const SystemState state = watch.look(api.options.labels);
  reply_json(response, {{"processor_percent", state.processor_percent},
                        {"memory_mib", state.memory_mib},
                        {"memory_total_mib", state.memory_total_mib},
                        {"process_mib", state.process_mib},
                        {"uptime_s", uptime_s(api)},
                        {"disk_free_gib", state.disk_free_gib}});
}

void get_metrics(Api& api, httplib::Response& response) {
  const auto number = [](auto value) { return static_cast<double>(value); };
  WorkQueue& queue = api.room.queue();
  response.set_content(
      api.metrics.text({{"lanet_findings_total", "Images that went through a network.", number(queue.found()), true},
                        {"lanet_queue_waiting", "Images that wait for the network.", number(queue.waiting())},
                        {"lanet_queue_capacity", "Images that may wait.", number(queue.capacity())},
                        {"lanet_items", "Items that are kept.", number(api.room.items().size())},
                        {"lanet_item_bytes", "Bytes of items that are kept.", number(api.room.items().bytes())},
                        {"lanet_receiving_bytes", "Bytes of bodies in memory.", number(api.receiving.used())},
                        {"lanet_jobs_unfinished", "Jobs that are waiting or running.", number(api.jobs.unfinished())},
                        {"lanet_connections", "Open connections.", number(api.connections.load())},
                        {"process_resident_memory_bytes", "Resident memory.", resident_bytes()},
                        {"lanet_uptime_seconds", "Time since the start.", uptime_s(api)}}),
      "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace

void add_system_routes(Router& router, Api& api) {
  const auto watch = std::make_shared<SystemWatch>();
  router.add("GET", "/v1/system",
             [&api, watch](Call&, httplib::Response& response) { get_system(api, *watch, response); });
  router.add("GET", "/v1/health", [&api](Call&, httplib::Response& response) { get_health(api, response); });
  router.add("GET", "/metrics", [&api](Call&, httplib::Response& response) { get_metrics(api, response); });
}

}  // namespace lanet
