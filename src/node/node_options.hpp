#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/settings.hpp"

namespace lanet {

/// A DICOM connection under TLS. Files are PEM.
struct TlsOptions {
  bool enabled = false;
  std::string certificate;       // of this side
  std::string key;               // its private key
  std::string ca;                // who may have signed the other side's certificate
  bool ask_certificate = false;  // server: refuse a client without a certificate that `ca` signed

  void visit(FieldVisitor& visitor);
  /// Throws ConfigError naming the field below `place`.
  void validate_server(const std::string& place) const;
};

/// Where the node listens and to whom.
struct ListenOptions {
  std::string ae_title = "LANET";
  std::string bind = "127.0.0.1";
  std::int64_t port = 11112;       // 0: one that is free
  std::vector<std::string> peers;  // "AET" or "AET@ADDRESS"; empty: everybody who can connect
  TlsOptions tls;

  void visit(FieldVisitor& visitor);
  void validate() const;
};

/// What a peer may cost.
struct NodeLimits {
  std::int64_t associations = 8;
  std::int64_t object_mib = 512;
  std::int64_t request_seconds = 10;
  std::int64_t idle_seconds = 60;
  std::int64_t slowest_kib_per_second = 16;
  std::int64_t stop_seconds = 20;

  void visit(FieldVisitor& visitor);
  void validate() const;
};

/// The queue on disk.
struct QueueOptions {
  std::string folder = "lanet-queue";
  std::int64_t most_objects = 100'000;
  double most_gib = 50;
  double keep_free_gib = 1;
  double done_days = 7;
  std::int64_t attempts = 3;
  std::int64_t crashes = 5;

  void visit(FieldVisitor& visitor);
  void validate() const;
};

/// Who looks at the images, and what is written.
struct NodeModel {
  std::string model = "breast_lite0";
  std::string precision = "fp32";
  std::int64_t threads = 0;
  double threshold = -1;
  double lesion_threshold = -1;
  bool segmentation = true;
  bool report = true;
  bool secondary_capture = true;

  void visit(FieldVisitor& visitor);
  void validate() const;
};

/// When sending is tried again.
struct RetryOptions {
  double first_seconds = 2;
  double longest_seconds = 300;
  double give_up_days = 0;

  void visit(FieldVisitor& visitor);
  void validate() const;
};

/// Where results go.
struct DestinationOptions {
  std::string url;                // dicom://AET@HOST:PORT, dicoms:// (TLS), https://HOST/PATH/studies, http://
  std::string ae_title;           // that the node calls itself there; empty: listen.ae_title
  std::string ca;                 // PEM
  std::string certificate;        // of this side, where the other asks for one
  std::string key;                //
  std::string user;               // HTTP basic authentication
  std::string password_file;      //
  std::string token_file;         // HTTP bearer token
  bool need_confirmation = true;  // STOW-RS: only what the answer names counts as stored
  std::int64_t timeout_seconds = 30;

  void visit(FieldVisitor& visitor);
  void validate(const std::string& name) const;
};

/// All settings of `lanet dicom node` (configs/services/node.toml).
struct NodeOptions {
  ListenOptions listen;
  NodeLimits limits;
  QueueOptions queue;
  NodeModel model;
  RetryOptions retry;
  std::string audit_file;  // empty: audit.jsonl in the queue's folder
  std::map<std::string, DestinationOptions> destinations;

  void visit(FieldVisitor& visitor);
  /// Throws ConfigError naming the first field that cannot be.
  void validate() const;
};

}  // namespace lanet
