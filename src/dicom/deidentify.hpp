#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dicom/dicom_file.hpp"
#include "dicom/pseudonyms.hpp"

namespace lanet {

/// What may stay beyond the Basic Application Level Confidentiality Profile (PS3.15 Annex E), and what becomes of dates
/// and pixels.
struct DeidentifyOptions {
  bool keep_pixels = false;  // pixels as they are: for images that somebody has looked at
  /// x1 y1 x2 y2 of each part that stays, px, in place of what the file says; empty: what that says.
  std::vector<std::int64_t> region;
  bool keep_dates = false;        // 113106: dates and times as they are
  std::int64_t shift_days = 0;    // 113107: dates moved by so many days; 0: removed (or kept)
  bool keep_patient = false;      // 113108: age (90 years at most), sex, size, weight ...
  bool keep_device = false;       // 113109
  bool keep_institution = false;  // 113112

  /// Throws ConfigError for regions that are no rectangles, keep_dates together with shift_days, and for more than 100
  /// years.
  void validate() const;
};

/// One line of the report: what became of an attribute, at any depth.
struct AttributeChange {
  std::string tag;      // "(0010,0010)"
  std::string keyword;  // "PatientName"; "private" for private ones, "unknown" where DCMTK has no name
  std::string action;   // "removed", "emptied", "replaced", "shifted", "added"
  std::int64_t count = 0;
};

struct DeidentifiedObject {
  std::string bytes;                     // the file, explicit VR little endian (as it was with keep_pixels)
  std::string patient;                   // pseudonym
  std::string sop_instance_uid;          // the new one
  std::string pixels;                    // what was done to them, in words
  std::int64_t blanked = 0;              // pixels of a frame
  bool nothing_burnt_in = false;         // Burned In Annotation is NO
  std::vector<AttributeChange> changes;  // by tag; never with a removed value
  std::vector<std::string> notices;      // what is not guaranteed
};

/// The object without what identifies its patient: every attribute of Table E.1-1 at any depth, private attributes,
/// curves, overlays, attributes unknown to DCMTK's dictionary or of another type than it says, text that repeats a
/// removed name or number; a new file header. Everything outside of the ultrasound regions is black in every frame.
///
/// Where the file names no region, the textured rectangle is looked for (ultrasound_region) and taken if nothing in it
/// looks like letters or lines. The result is parsed once
/// more and searched for the original UIDs and patient ID. Uses the file's dataset up. Throws DataError for an image
/// without any region, for one without UIDs, pixels that cannot be decoded, or where an identifier is left.
DeidentifiedObject deidentify(DicomFile file, const DeidentifyOptions& options, Pseudonyms& pseudonyms);

}  // namespace lanet
