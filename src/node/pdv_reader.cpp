#include "node/pdv_reader.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/cond.h>
#include <dcmtk/dcmnet/dul.h>

namespace lanet {

ReadEnd PdvReader::next(Piece& piece) {
  DUL_PDV pdv{};
  OFCondition condition = DUL_NextPDV(&association_.DULassociation, &pdv);
  if (condition.bad()) {
    condition = DUL_ReadPDVs(&association_.DULassociation, nullptr, DUL_NOBLOCK, timeout_s_);
    if (condition == DUL_PEERREQUESTEDRELEASE) return ReadEnd::kReleased;
    if (condition != DUL_PDATAPDUARRIVED) return ReadEnd::kBroken;
    if (DUL_NextPDV(&association_.DULassociation, &pdv).bad()) return ReadEnd::kBroken;
  }
  piece = {{static_cast<const char*>(pdv.data), pdv.fragmentLength},
           pdv.presentationContextID,
           pdv.pdvType == DUL_COMMANDPDV,
           pdv.lastPDV == OFTrue};
  return ReadEnd::kComplete;
}

ReadEnd PdvReader::read_command(std::string& bytes, unsigned char& context_id, std::size_t most) {
  Piece piece;
  do {
    if (const ReadEnd end = next(piece); end != ReadEnd::kComplete) return bytes.empty() ? end : ReadEnd::kBroken;
    if (!piece.is_command || piece.bytes.size() > most - bytes.size()) return ReadEnd::kBroken;
    bytes += piece.bytes;
    context_id = piece.context_id;
  } while (!piece.is_last);
  return ReadEnd::kComplete;
}

ReadEnd PdvReader::read_data(unsigned char context_id, const std::function<bool(std::string_view)>& see) {
  Piece piece;
  do {
    if (next(piece) != ReadEnd::kComplete || piece.is_command || piece.context_id != context_id || !see(piece.bytes))
      return ReadEnd::kBroken;
  } while (!piece.is_last);
  return ReadEnd::kComplete;
}

}  // namespace lanet
