#include "serve/access.hpp"
#include "serve/api.hpp"
#include "serve/http_error.hpp"
#include "serve/run_state.hpp"

namespace lanet {
namespace {

void send_report(const std::filesystem::path& folder, const Call& call, httplib::Response& response) {
  const auto report = report_of(folder, call.parts[0]);
  if (!report) throw HttpError(404, "no report of that name; `lanet report` writes one");
  add_security_headers(response, ContentKind::kReport);
  response.set_content(*report, "text/html; charset=utf-8");
}

}  // namespace

void add_run_routes(Router& router, Api& api) {
  router.add("GET", "/v1/runs", [&api](Call&, httplib::Response& response) {
    reply_json(response, {{"runs", runs_json(api.options.runs)}});
  });
  router.add("GET", "/v1/runs/{name}", [&api](Call& call, httplib::Response& response) {
    const auto run = run_json(api.options.runs, call.parts[0]);
    if (!run) throw HttpError(404, "no run of that name");
    reply_json(response, *run);
  });
  router.add("GET", "/v1/runs/{name}/report",
             [&api](Call& call, httplib::Response& response) { send_report(api.options.runs, call, response); });
  router.add("GET", "/v1/experiments", [&api](Call&, httplib::Response& response) {
    reply_json(response, {{"experiments", experiments_json(api.options.experiments)}});
  });
  router.add("GET", "/v1/experiments/{suite}/report",
             [&api](Call& call, httplib::Response& response) { send_report(api.options.experiments, call, response); });
}

}  // namespace lanet
