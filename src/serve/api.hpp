#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "serve/assets.hpp"
#include "serve/job_list.hpp"
#include "serve/label_folder.hpp"
#include "serve/metrics.hpp"
#include "serve/reading_room.hpp"
#include "serve/receiving.hpp"
#include "serve/router.hpp"
#include "serve/serve_options.hpp"

namespace lanet {

/// All that the routes work on.
struct Api {
  Api(std::vector<ModelSource> models, const ServeOptions& chosen);

  ServeOptions options;
  ReceivingBudget receiving;
  Assets assets;
  LabelFolder labels;
  ReadingRoom room;
  JobList jobs;
  Metrics metrics;
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> connections{0};
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
};

// One file a topic, each with its routes.
void add_page_routes(Router& router, Api& api);
void add_finding_routes(Router& router, Api& api);
void add_item_routes(Router& router, Api& api);
void add_download_routes(Router& router, Api& api);
void add_label_routes(Router& router, Api& api);
void add_job_routes(Router& router, Api& api);
void add_model_routes(Router& router, Api& api);
void add_run_routes(Router& router, Api& api);
void add_system_routes(Router& router, Api& api);

/// All routes, in the order of docs/api.md.
Router make_router(Api& api);

}  // namespace lanet
