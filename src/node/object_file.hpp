#pragma once

#include <cstdint>
#include <string_view>

#include "node/store_scp.hpp"

namespace lanet {

/// The file that an object which is coming in is written to. Of an object that is refused already, or for which the
/// disk has no room, the rest is read and thrown away: only then does the peer listen to the answer.
class ObjectFile {
 public:
  ObjectFile(ObjectTaker& taker, ReceivedObject& object, std::uint64_t most_bytes);
  ~ObjectFile();
  ObjectFile(const ObjectFile&) = delete;
  ObjectFile& operator=(const ObjectFile&) = delete;

  void begin(std::string_view header);
  /// False where reading on is not worth it: far past the largest object.
  bool add(std::string_view piece);
  /// Syncs and closes it; an incomplete or refused one is removed.
  void end();
  std::uint64_t seen() const { return seen_; }
  ConnectionWatch::Clock::time_point begun() const { return begun_; }

 private:
  void write(std::string_view bytes);
  void close();

  ObjectTaker& taker_;
  ReceivedObject& object_;
  std::uint64_t most_bytes_;
  std::uint64_t seen_ = 0;
  ConnectionWatch::Clock::time_point begun_ = ConnectionWatch::Clock::now();
  int descriptor_ = -1;
};

}  // namespace lanet
