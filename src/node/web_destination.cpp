#include <chrono>

#include <httplib.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "node/address.hpp"
#include "node/dicom_object.hpp"
#include "node/stow.hpp"
#include "node/tls.hpp"

namespace lanet {
namespace {

constexpr std::size_t kMostAnswerBytes = std::size_t{4} << 20;
constexpr std::size_t kMostBodyBytes = std::size_t{128} << 20;

std::string read_secret(const std::string& file) {
  constexpr std::uint64_t kMostBytes = 1 << 16;
  const std::string secret = trim(read_file(file, kMostBytes));
  for (const char letter : secret)
    if (letter == '\r' || letter == '\n') throw ConfigError({file, "several lines", "the password or token alone", ""});
  return secret;
}

class WebDestination final : public Destination {
 public:
  explicit WebDestination(const DestinationOptions& options)
      : options_(options), address_(parse_address(options.url, "url")) {
    prepare_network();
    if (!options_.token_file.empty()) read_secret(options_.token_file);
    if (!options_.password_file.empty()) read_secret(options_.password_file);
  }

  std::vector<SendOutcome> send(std::span<const std::filesystem::path> files) override {
    std::vector<SendOutcome> outcomes(files.size());
    for (std::size_t next = 0; next < files.size();) next = send_some(files, next, outcomes);
    return outcomes;
  }

 private:
  /// One request for as many files as fit into its body. Returns the first file that is left.
  std::size_t send_some(std::span<const std::filesystem::path> files, std::size_t first,
                        std::vector<SendOutcome>& outcomes) {
    std::vector<std::size_t> indices;
    std::vector<DicomObject> objects;
    std::size_t end = first, bytes = 0;
    for (; end < files.size() && bytes < kMostBodyBytes; ++end) {
      try {
        objects.push_back(read_dicom_object(files[end]));
        bytes += objects.back().bytes.size();
        indices.push_back(end);
      } catch (const DataError& error) {
        outcomes[end] = {SendOutcome::Kind::kRefused, error.what()};
      }
    }
    if (objects.empty()) return end;
    const std::vector<SendOutcome> sent = post(objects);
    for (std::size_t index = 0; index < indices.size(); ++index) outcomes[indices[index]] = sent[index];
    return end;
  }

  std::vector<SendOutcome> post(const std::vector<DicomObject>& objects) {
    std::vector<std::string_view> parts;
    std::vector<std::string> uids;
    for (const DicomObject& object : objects) {
      parts.emplace_back(object.bytes);
      uids.push_back(object.sop_instance_uid);
    }
    StowBody body = make_stow_body(parts);
    httplib::Client client = connect();
    StowAnswer answer;
    httplib::Request request;
    request.method = "POST";
    request.path = address_.path;
    request.headers = {{"Accept", "application/dicom+json"}, {"Content-Type", body.content_type}};
    request.body = std::move(body.bytes);
    // A server that answers without end, or letter by letter, is not listened to for ever.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(kPatience * options_.timeout_seconds);
    request.content_receiver = [&](const char* data, std::size_t length, std::uint64_t, std::uint64_t) {
      answer.body.append(data, length);
      return answer.body.size() <= kMostAnswerBytes && std::chrono::steady_clock::now() < deadline;
    };
    const httplib::Result result = client.send(request);
    if (!result)
      return {objects.size(),
              {SendOutcome::Kind::kUnreachable, "no answer (" + httplib::to_string(result.error()) + ")"}};
    answer.status = result->status;
    return read_stow_answer(answer, uids, options_.need_confirmation);
  }

  httplib::Client connect() const {
    const std::string server =
        std::string(address_.tls ? "https://" : "http://") + address_.host + ":" + std::to_string(address_.port);
    httplib::Client client(server, options_.certificate, options_.key);
    const auto seconds = static_cast<time_t>(options_.timeout_seconds);
    client.set_connection_timeout(seconds);
    client.set_read_timeout(seconds);
    client.set_write_timeout(seconds);
    client.enable_server_certificate_verification(true);
    if (!options_.ca.empty()) client.set_ca_cert_path(options_.ca);
    // Read anew each time: tokens are renewed.
    if (!options_.user.empty()) client.set_basic_auth(options_.user, read_secret(options_.password_file));
    if (!options_.token_file.empty()) client.set_bearer_token_auth(read_secret(options_.token_file));
    return client;
  }

  static constexpr std::int64_t kPatience = 4;
  DestinationOptions options_;
  DestinationAddress address_;
};

}  // namespace

std::unique_ptr<Destination> make_web_destination(const DestinationOptions& options) {
  return std::make_unique<WebDestination>(options);
}

}  // namespace lanet
