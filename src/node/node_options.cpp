#include "node/node_options.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "core/error.hpp"
#include "node/address.hpp"
#include "node/peer_list.hpp"

namespace lanet {
namespace {

constexpr double kLongestDays = 3650;

void require_file(const std::string& key, const std::string& path) {
  if (path.empty()) throw ConfigError({key, "nothing", "a file", ""});
  if (!std::filesystem::is_regular_file(path))
    throw ConfigError({key, "'" + path + "'", "a file that is there", "look at the path"});
}

void require_file_if_given(const std::string& key, const std::string& path) {
  if (!path.empty()) require_file(key, path);
}

void require_pair(const std::string& place, const std::string& certificate, const std::string& key) {
  if (certificate.empty() != key.empty())
    throw ConfigError({place, certificate.empty() ? "a key without its certificate" : "a certificate without its key",
                       "both or none", ""});
  require_file_if_given(place + ".certificate", certificate);
  require_file_if_given(place + ".key", key);
}

bool is_plain_name(const std::string& name) {
  constexpr std::size_t kLongest = 64;
  return !name.empty() && name.size() <= kLongest && std::all_of(name.begin(), name.end(), [](unsigned char letter) {
    return std::isalnum(letter) || letter == '-' || letter == '_';
  });
}

}  // namespace

void TlsOptions::visit(FieldVisitor& visitor) {
  visitor.field("enabled", enabled, "accept only TLS (BCP 195 profile)");
  visitor.field("certificate", certificate, "PEM file: this node's certificate");
  visitor.field("key", key, "PEM file: its private key (readable by the node's user alone)");
  visitor.field("ca", ca, "PEM file: authorities that may have signed the peers' certificates");
  visitor.field("ask_certificate", ask_certificate,
                "refuse peers without a certificate that ca has signed (mutual TLS)");
}

void TlsOptions::validate_server(const std::string& place) const {
  if (!enabled) return;
  require_file(place + ".certificate", certificate);
  require_file(place + ".key", key);
  require_file_if_given(place + ".ca", ca);
  if (ask_certificate && ca.empty())
    throw ConfigError({place + ".ca", "nothing", "the authority that signed the peers' certificates",
                       "name it, or set " + place + ".ask_certificate = false"});
}

void ListenOptions::visit(FieldVisitor& visitor) {
  visitor.field("ae_title", ae_title, "the node's AE title; a call for another one is refused");
  visitor.field("bind", bind,
                "IPv4 address to listen on. 127.0.0.1: this machine alone; 0.0.0.0: the network: then name the peers "
                "below and think of TLS, since DICOM itself knows no passwords");
  visitor.field("port", port, "11112 is the registered port of DICOM; 2762 that of DICOM over TLS");
  visitor.field("peers", peers,
                "who may send: \"AET\" or \"AET@ADDRESS\" (the address as it is seen here). Empty: everybody who can "
                "connect");
  visitor.table("tls", tls, "");
}

void ListenOptions::validate() const {
  require_ae_title("listen.ae_title", ae_title);
  require_ipv4("listen.bind", bind);
  require_range("listen.port", static_cast<double>(port), 0, 65535);
  PeerList::parse(peers);
  tls.validate_server("listen.tls");
}

void NodeLimits::visit(FieldVisitor& visitor) {
  visitor.field("associations", associations, "at a time; one more is told to come again later");
  visitor.field("object_mib", object_mib, "a larger object is refused");
  visitor.field("request_seconds", request_seconds, "for a connection to become an association, TLS included");
  visitor.field("idle_seconds", idle_seconds, "an association on which nothing is asked for so long is aborted");
  visitor.field("slowest_kib_per_second", slowest_kib_per_second,
                "a sender who is slower than this (after idle_seconds) is cut off");
  visitor.field("stop_seconds", stop_seconds,
                "after SIGTERM: how long to go on with what lies in the queue; the rest is kept for the next start");
}

void NodeLimits::validate() const {
  require_range("limits.associations", static_cast<double>(associations), 1, 256);
  require_range("limits.object_mib", static_cast<double>(object_mib), 1, 16384);
  require_range("limits.request_seconds", static_cast<double>(request_seconds), 1, 600);
  require_range("limits.idle_seconds", static_cast<double>(idle_seconds), 1, 3600);
  require_range("limits.slowest_kib_per_second", static_cast<double>(slowest_kib_per_second), 1, 1e6);
  require_range("limits.stop_seconds", static_cast<double>(stop_seconds), 0, 3600);
}

void QueueOptions::visit(FieldVisitor& visitor) {
  visitor.field("folder", folder, "where objects lie until their results are delivered; on a disk that keeps its word");
  visitor.field("most_objects", most_objects,
                "objects in it (what is done not counted); at the limit senders are told "
                "to come again later (status A700)");
  visitor.field("most_gib", most_gib, "bytes in it (what is done not counted)");
  visitor.field("keep_free_gib", keep_free_gib, "nothing is taken where the disk has less than this left");
  visitor.field("done_days", done_days, "how long delivered results are kept in done/");
  visitor.field("attempts", attempts,
                "predictions of one object that may fail (out of memory, engine) before it goes to failed/");
  visitor.field("crashes", crashes, "times that the whole node may die over one object before it goes to failed/");
}

void QueueOptions::validate() const {
  if (folder.empty()) throw ConfigError({"queue.folder", "nothing", "a folder", ""});
  require_range("queue.most_objects", static_cast<double>(most_objects), 1, 1e8);
  require_range("queue.most_gib", most_gib, 0.001, 1e6);
  require_range("queue.keep_free_gib", keep_free_gib, 0, 1e6);
  require_range("queue.done_days", done_days, 0, kLongestDays);
  require_range("queue.attempts", static_cast<double>(attempts), 1, 100);
  require_range("queue.crashes", static_cast<double>(crashes), 1, 100);
}

void NodeModel::visit(FieldVisitor& visitor) {
  visitor.field("model", model, "model file, or the name of one in models/");
  visitor.field("precision", precision, "fp32, bf16, int8 (a model that was quantized), auto");
  visitor.field("threads", threads, "threads for computing; 0: one per core");
  visitor.field("threshold", threshold,
                "probability of the positive class from which on it is decided for; -1: the model's own");
  visitor.field("lesion_threshold", lesion_threshold,
                "probability of a lesion from which on one is said to be there (models with a normal class); -1: the "
                "model's own");
  visitor.field("segmentation", segmentation, "send a DICOM Segmentation where a lesion was found");
  visitor.field("report", report, "send a structured report (TID 1500)");
  visitor.field("secondary_capture", secondary_capture, "send a picture with the contour drawn in");
}

void NodeModel::validate() const {
  if (model.empty()) throw ConfigError({"model.model", "nothing", "a model", "breast_lite0 is bundled"});
  require_one_of("model.precision", precision, {"fp32", "bf16", "int8", "auto"});
  require_range("model.threads", static_cast<double>(threads), 0, 4096);
  if (threshold != -1) require_range("model.threshold", threshold, 0, 1);
  if (lesion_threshold != -1) require_range("model.lesion_threshold", lesion_threshold, 0, 1);
  if (!segmentation && !report && !secondary_capture)
    throw ConfigError({"model", "no kind of result", "segmentation, report or secondary_capture", ""});
}

void RetryOptions::visit(FieldVisitor& visitor) {
  visitor.field("first_seconds", first_seconds, "pause after the first failure; it doubles with every further one");
  visitor.field("longest_seconds", longest_seconds, "longest pause");
  visitor.field("give_up_days", give_up_days,
                "results that could not be delivered for so long go to parked/; 0: never");
}

void RetryOptions::validate() const {
  require_range("retry.first_seconds", first_seconds, 0.01, 3600);
  require_range("retry.longest_seconds", longest_seconds, first_seconds, 86400);
  require_range("retry.give_up_days", give_up_days, 0, kLongestDays);
}

void DestinationOptions::visit(FieldVisitor& visitor) {
  visitor.field("url", url, "dicom://AET@HOST:PORT, dicoms://AET@HOST:PORT (TLS), https://HOST/PATH/studies (STOW-RS)");
  visitor.field("ae_title", ae_title, "AE title that the node calls itself there; empty: listen.ae_title");
  visitor.field("ca", ca,
                "PEM file: authorities that may have signed its certificate; empty: the system's (https only)");
  visitor.field("certificate", certificate, "PEM file: this side's certificate, where the other asks for one");
  visitor.field("key", key, "PEM file: its private key");
  visitor.field("user", user, "name for HTTP basic authentication");
  visitor.field("password_file", password_file, "file that holds the password");
  visitor.field("token_file", token_file, "file that holds a bearer token");
  visitor.field(
      "need_confirmation", need_confirmation,
      "STOW-RS: only what the answer names counts as stored; false for servers that answer 200 without a list");
  visitor.field("timeout_seconds", timeout_seconds, "for connecting, and for every answer");
}

void DestinationOptions::validate(const std::string& name) const {
  const std::string place = "destinations." + name;
  const DestinationAddress address = parse_address(url, place + ".url");
  if (!ae_title.empty()) require_ae_title(place + ".ae_title", ae_title);
  require_file_if_given(place + ".ca", ca);
  require_pair(place, certificate, key);
  if (address.kind == DestinationAddress::Kind::kDicom && address.tls && ca.empty())
    throw ConfigError({place + ".ca", "nothing", "the authority that signed the peer's certificate", ""});
  if (!user.empty()) require_file(place + ".password_file", password_file);
  require_file_if_given(place + ".token_file", token_file);
  if (!user.empty() && !token_file.empty()) throw ConfigError({place, "both user and token_file", "one of them", ""});
  if ((!user.empty() || !token_file.empty()) && !(address.kind == DestinationAddress::Kind::kWeb))
    throw ConfigError(
        {place, "a password for " + url, "one for http or https alone", "DICOM itself knows none: use dicoms://"});
  require_range(place + ".timeout_seconds", static_cast<double>(timeout_seconds), 1, 3600);
}

void NodeOptions::visit(FieldVisitor& visitor) {
  visitor.field("audit_file", audit_file,
                "append-only JSON lines: what came, what was found, what went where (with identifiers: protect it); "
                "empty: audit.jsonl in the queue's folder");
  visitor.table("listen", listen, "Who may send images, and where to.");
  visitor.table("limits", limits, "What a peer may cost.");
  visitor.table("queue", queue, "The queue on disk.");
  visitor.table("model", model, "Who looks at the images, and what is made of it.");
  visitor.table("retry", retry, "When sending is tried again.");
  visitor.tables("destinations", destinations, "Where results go: one table each, [destinations.NAME].");
}

void NodeOptions::validate() const {
  listen.validate();
  limits.validate();
  queue.validate();
  model.validate();
  retry.validate();
  for (const auto& [name, destination] : destinations) {
    if (!is_plain_name(name))
      throw ConfigError({"destinations", "the name '" + name + "'", "letters, digits, - and _, at most 64", ""});
    destination.validate(name);
  }
}

}  // namespace lanet
