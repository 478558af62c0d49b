#pragma once

#include <cstdint>
#include <span>

namespace lanet {

/// What the Basic Application Level Confidentiality Profile asks for an attribute (PS3.15 Table E.1-1). The compound
/// actions leave the choice to the attribute's type in the object: removed if optional (type 3), emptied if it must be
/// there (type 2), replaced if it must have a value (type 1).
enum class ProfileAction {
  remove,                 // X
  empty,                  // Z
  dummy,                  // D
  uid,                    // U: another UID, the same everywhere
  remove_or_empty,        // X/Z
  remove_or_dummy,        // X/D
  empty_or_dummy,         // Z/D
  remove_empty_or_dummy,  // X/Z/D
  remove_empty_or_uids,   // X/Z/U*: references, whose UIDs are replaced
};

/// Options of the profile under which an attribute stays as it is (K).
enum KeptWith : unsigned {
  kKeptWithNothing = 0,
  kKeptWithDates = 1,
  kKeptWithDevice = 2,
  kKeptWithInstitution = 4,
  kKeptWithPatient = 8,
};

struct ProfileRow {
  std::uint32_t tag = 0;  // group << 16 | element
  ProfileAction action = ProfileAction::remove;
  unsigned kept_with = kKeptWithNothing;  // of KeptWith
};

/// The table's rows with a tag of their own (edition 2026d), by tag. Its other rows are whole groups: see
/// removed_as_group().
std::span<const ProfileRow> confidentiality_profile();
/// A row, or null for an attribute that the table does not name.
const ProfileRow* profile_row(std::uint32_t tag);
/// Private attributes (odd groups), curves (50xx) and overlays (60xx): removed whatever is in them.
bool removed_as_group(std::uint32_t tag);

}  // namespace lanet
