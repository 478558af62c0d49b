#include "node/peer_list.hpp"

#include <algorithm>

#include "node/address.hpp"

namespace lanet {

PeerList PeerList::parse(const std::vector<std::string>& entries) {
  PeerList list;
  for (const std::string& entry : entries) {
    const std::size_t at = entry.find('@');
    const Peer peer{entry.substr(0, at), at == std::string::npos ? "" : entry.substr(at + 1)};
    require_ae_title("listen.peers", peer.ae_title);
    if (at != std::string::npos) require_ipv4("listen.peers", peer.address);
    list.peers_.push_back(peer);
  }
  return list;
}

bool PeerList::allows(const std::string& ae_title, const std::string& address) const {
  return peers_.empty() || std::any_of(peers_.begin(), peers_.end(), [&](const Peer& peer) {
           return peer.ae_title == ae_title && (peer.address.empty() || peer.address == address);
         });
}

}  // namespace lanet
