#include "core/text.hpp"
#include "serve/api.hpp"
#include "serve/http_error.hpp"
#include "serve/item_json.hpp"
#include "serve/multipart.hpp"
#include "serve/request_head.hpp"

namespace lanet {
namespace {

using Json = nlohmann::ordered_json;

/// Every field `file` of a form, or the whole body as one file.
std::vector<JobFile> files_of(const Call& call, const Body& body, std::size_t most) {
  const std::string type = call.request.get_header_value(kContentType);
  if (!to_lower(type).starts_with("multipart/")) {
    if (body.bytes().empty()) throw HttpError(400, "body: empty, but lanet needs files in a form, or an archive");
    return {{plain_file_name(call.text("name")), body.bytes()}};
  }
  const auto boundary = multipart_boundary(type);
  if (!boundary) throw HttpError(400, "Content-Type: lanet needs multipart/form-data with a boundary");
  std::vector<JobFile> files;
  for (const FormPart& part : parse_multipart(body.bytes(), *boundary, most))
    if (part.name == "file") files.push_back({plain_file_name(part.file_name), part.content});
  return files;
}

void post_job(Api& api, Call& call, httplib::Response& response) {
  const std::string& model = api.room.queue().resolve(call.text("model"));
  Body body(call.reader, static_cast<std::uint64_t>(api.options.job_bytes), api.receiving);
  std::vector<JobFile> files = files_of(call, body, static_cast<std::size_t>(api.options.job_files));
  const Job job = api.jobs.add(std::move(body), std::move(files), model);
  response.set_header("Location", "/v1/jobs/" + job.id);
  reply_json(response, job_json(job), 202);
}

void list_jobs(Api& api, httplib::Response& response) {
  Json jobs = Json::array();
  for (const Job& job : api.jobs.list()) jobs.push_back(job_json(job));
  reply_json(response, {{"jobs", std::move(jobs)}});
}

}  // namespace

void add_job_routes(Router& router, Api& api) {
  router.add("POST", "/v1/jobs", [&api](Call& call, httplib::Response& response) { post_job(api, call, response); });
  router.add("GET", "/v1/jobs", [&api](Call&, httplib::Response& response) { list_jobs(api, response); });
  router.add("GET", "/v1/jobs/{id}", [&api](Call& call, httplib::Response& response) {
    reply_json(response, job_json(api.jobs.get(call.parts[0])));
  });
  router.add("DELETE", "/v1/jobs/{id}", [&api](Call& call, httplib::Response& response) {
    api.jobs.cancel(call.parts[0]);
    reply_json(response, job_json(api.jobs.get(call.parts[0])));
  });
}

}  // namespace lanet
