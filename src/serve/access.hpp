#pragma once

#include <string>

#include <httplib.h>

#include "serve/serve_options.hpp"

namespace lanet {

/// Whether a request may be answered at all. Throws HttpError:
/// - with a token: 401 without "Authorization: Bearer TOKEN", but for the page, its files, /openapi.json and health;
/// - without: 421 for a Host other than this machine's own names (a foreign name that was made to point here), 403 for
///   a request that a page of another origin sent.
void check_access(const httplib::Request& request, const ServeOptions& options);

enum class ContentKind { kPage, kAnswer, kReport };
/// Headers that keep a browser from running, framing, guessing or keeping what it should not.
void add_security_headers(httplib::Response& response, ContentKind kind);

}  // namespace lanet
