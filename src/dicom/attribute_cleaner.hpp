#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcitem.h>

#include "dicom/confidentiality_profile.hpp"
#include "dicom/deidentify.hpp"
#include "dicom/name_finder.hpp"

namespace lanet {

/// Cleans the attributes of one object, sequences included, and counts what it does.
class AttributeCleaner {
 public:
  AttributeCleaner(DcmItem& dataset, const DeidentifyOptions& options, Pseudonyms& pseudonyms);

  /// All attributes of the dataset but its pixels.
  void clean();
  /// One line more in the report.
  void note(const DcmTagKey& tag, const std::string& action);
  std::vector<AttributeChange> changes() const;

  /// Patient ID with its issuer; the name and date of birth, or the study's UID, of objects without one.
  const std::string& patient_identity() const { return identity_; }
  /// Values that must not be found in the result: UIDs that were replaced, patient ID and accession number.
  const std::set<std::string>& forbidden() const { return forbidden_; }

 private:
  void collect_names(DcmItem& item, const std::string& outer_character_set);
  /// The item's own, else that of what it lies in.
  static std::string character_set_of(DcmItem& item, const std::string& outer);
  void clean_item(DcmItem& item, bool nested);
  /// What becomes of one element: itself, another one or nothing. Takes it over.
  DcmElement* cleaned(DcmElement* element, bool nested);
  DcmElement* apply(DcmElement* element, ProfileAction action, bool nested);
  DcmElement* unlisted(DcmElement* element, bool nested);
  DcmElement* with_new_uids(DcmElement* element);
  DcmElement* shifted(DcmElement* element);
  DcmElement* removed(DcmElement* element);
  DcmElement* emptied(DcmElement* element);
  DcmElement* dummy(DcmElement* element);
  DcmElement* descended(DcmElement* element);
  bool stays(unsigned kept_with) const;
  bool repeats_a_name(const std::string& text) const;

  DcmItem& dataset_;
  const DeidentifyOptions& options_;
  Pseudonyms& pseudonyms_;
  bool enhanced_ = false;  // functional groups: types are those of the enhanced objects
  std::string identity_;
  NameFinder names_;
  std::string character_set_;  // of the item that is being cleaned
  std::set<std::string> forbidden_;
  std::map<std::pair<DcmTagKey, std::string>, std::int64_t> changes_;
};

}  // namespace lanet
