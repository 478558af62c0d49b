#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "node/destination.hpp"

namespace lanet {

/// The body of a STOW-RS request (PS3.18 10.5): multipart/related, one part an object.
struct StowBody {
  std::string content_type;  // with the boundary
  std::string bytes;
};
/// objects: PS3.10 files. The boundary is one that occurs in none of them.
StowBody make_stow_body(std::span<const std::string_view> objects);

/// What a server answered.
struct StowAnswer {
  int status = 0;
  std::string body;  // DICOM JSON
};
/// One outcome an object, in order of their SOP Instance UIDs. An object counts as accepted where the answer names it
/// among the stored ones, or refuses it as one that is there already (0111H); with need_confirmation = false also where
/// the status is 200 and the answer lists nothing. Any text is taken; what cannot be read confirms nothing.
std::vector<SendOutcome> read_stow_answer(const StowAnswer& answer, std::span<const std::string> uids,
                                          bool need_confirmation);

}  // namespace lanet
