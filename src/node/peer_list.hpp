#pragma once

#include <string>
#include <vector>

namespace lanet {

/// Who may open associations.
class PeerList {
 public:
  /// Entries "AET" or "AET@ADDRESS" (IPv4 in numbers). Throws ConfigError naming the entry.
  static PeerList parse(const std::vector<std::string>& entries);

  /// Whether a peer that calls itself so and comes from there may send. An empty list allows everybody.
  bool allows(const std::string& ae_title, const std::string& address) const;
  bool empty() const { return peers_.empty(); }

 private:
  struct Peer {
    std::string ae_title;
    std::string address;  // empty: any
  };
  std::vector<Peer> peers_;
};

}  // namespace lanet
