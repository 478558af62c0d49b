#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

struct T_ASC_Association;

namespace lanet {

/// Why reading a message ended early.
enum class ReadEnd { kComplete, kReleased, kBroken };

/// Reads one half of a DIMSE message, the command or the data set, piece by piece, so that its receiver and not its
/// sender says what it may cost.
class PdvReader {
 public:
  PdvReader(T_ASC_Association& association, int timeout_s) : association_(association), timeout_s_(timeout_s) {}

  /// A command set of at most `most` bytes, and its presentation context.
  ReadEnd read_command(std::string& bytes, unsigned char& context_id, std::size_t most);
  /// A data set of the same context; `see` gets every piece and may return false to break off.
  ReadEnd read_data(unsigned char context_id, const std::function<bool(std::string_view)>& see);

 private:
  struct Piece {
    std::string_view bytes;
    unsigned char context_id = 0;
    bool is_command = false;
    bool is_last = false;
  };
  ReadEnd next(Piece& piece);

  T_ASC_Association& association_;
  int timeout_s_;
};

}  // namespace lanet
