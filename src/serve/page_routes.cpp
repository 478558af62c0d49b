#include "serve/access.hpp"
#include "serve/api.hpp"
#include "serve/http_error.hpp"

namespace lanet {
namespace {

void send_asset(Api& api, const std::string& path, const Call& call, httplib::Response& response) {
  auto asset = api.assets.find(path);
  if (!asset) throw HttpError(404, "no such file of the page");
  response.set_header("ETag", asset->etag);
  add_security_headers(response, ContentKind::kPage);
  if (call.request.get_header_value("If-None-Match") == asset->etag) {
    response.status = 304;
    return;
  }
  response.set_content(std::move(asset->bytes), asset->type);
}

}  // namespace

void add_page_routes(Router& router, Api& api) {
  router.add("GET", "/",
             [&api](Call& call, httplib::Response& response) { send_asset(api, "index.html", call, response); });
  router.add("GET", "/assets/{path...}",
             [&api](Call& call, httplib::Response& response) { send_asset(api, call.parts[0], call, response); });
  router.add("GET", "/openapi.json",
             [&api](Call& call, httplib::Response& response) { send_asset(api, "openapi.json", call, response); });
  router.add("GET", "/favicon.ico", [](Call&, httplib::Response& response) { response.status = 204; });
}

}  // namespace lanet
