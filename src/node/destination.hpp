#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "node/node_options.hpp"

namespace lanet {

/// What became of an object that was sent.
struct SendOutcome {
  enum class Kind {
    kAccepted,    // the other side says that it has it
    kRefused,     // it does not want this object: others may still pass
    kUnreachable  // nobody there, no room, no rights: no object would pass now
  };
  Kind kind = Kind::kUnreachable;
  std::string detail;  // of a refusal: what the other side said; of an acceptance: a warning, or nothing
};

/// A place that takes DICOM objects.
class Destination {
 public:
  virtual ~Destination() = default;
  /// Sends PS3.10 files; one outcome a file, in order. What concerns a single file is its outcome; never throws for
  /// what the other side does. Throws SystemError where a file cannot be read.
  virtual std::vector<SendOutcome> send(std::span<const std::filesystem::path> files) = 0;
};

/// By the URL: C-STORE or STOW-RS. calling_ae: what this side calls itself, unless the options say so. Throws
/// ConfigError for certificates and password files that cannot be used.
std::unique_ptr<Destination> make_destination(const std::string& name, const DestinationOptions& options,
                                              const std::string& calling_ae);

std::unique_ptr<Destination> make_dicom_destination(const DestinationOptions& options, const std::string& calling_ae);
std::unique_ptr<Destination> make_web_destination(const DestinationOptions& options);

}  // namespace lanet
