#include "dicom/attribute_cleaner.hpp"

#include <algorithm>
#include <chrono>
#include <memory>

#include <dcmtk/dcmdata/dctk.h>

#include "core/text.hpp"

namespace lanet {
namespace {

constexpr std::size_t kShortestIdentifier = 6;  // letters of a number that must not be in the result
constexpr int kOldestAge = 90;                  // years; older people are few enough to be known

std::uint32_t number_of(const DcmTagKey& tag) { return std::uint32_t{tag.getGroup()} << 16 | tag.getElement(); }

/// All values, with "\\" between them; "" where it is no text.
std::string all_text(DcmElement& element) {
  OFString text;
  if (!element.isaString() || element.getOFStringArray(text).bad()) return "";
  return trim(std::string(text.c_str(), text.size()));
}

std::string all_text(DcmItem& item, const DcmTagKey& tag) {
  DcmElement* element = nullptr;
  return item.findAndGetElement(tag, element).good() && element ? all_text(*element) : "";
}

bool made_of(const std::string& text, std::string_view letters) {
  return text.find_first_not_of(letters) == std::string::npos;
}
constexpr std::string_view kCapitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kDigits = "0123456789";

/// A value that may stay without being read by anybody: nothing but what its type allows.
bool plausible(DcmEVR type, const std::string& text) {
  static const std::string number = std::string(kDigits) + "+-.eE \\";
  static const std::string code = std::string(kCapitals) + std::string(kDigits) + "_ \\/-";  // makers write / and - too
  switch (type) {
    case EVR_CS:
      return made_of(text, code);
    case EVR_DS:
    case EVR_IS:
      return made_of(text, number);
    case EVR_AS:
      return text.empty() ||
             (text.size() == 4 && made_of(text.substr(0, 3), kDigits) && made_of(text.substr(3), "DWMY"));
    case EVR_DA:
    case EVR_TM:
    case EVR_DT:
      return made_of(text, std::string(kDigits) + ".:+- \\");
    default:
      return true;
  }
}

bool is_free_text(DcmEVR type) {
  return type == EVR_LO || type == EVR_SH || type == EVR_LT || type == EVR_ST || type == EVR_UT || type == EVR_UC;
}
bool is_date(DcmEVR type) { return type == EVR_DA || type == EVR_DT || type == EVR_TM; }

/// Values of standard classes and coding schemes: the same in everybody's files.
bool names_a_kind(const DcmTagKey& tag) {
  static const std::set<DcmTagKey> kKinds{DCM_SOPClassUID,
                                          DCM_ReferencedSOPClassUID,
                                          DCM_RelatedGeneralSOPClassUID,
                                          DCM_OriginalSpecializedSOPClassUID,
                                          DCM_CodingSchemeUID,
                                          DCM_MappingResourceUID,
                                          DCM_ContextUID};
  return kKinds.count(tag) > 0;
}

/// Bytes that pictures need: palettes, look-up tables, colour profile. What other bytes hold cannot be looked into.
bool needed_bytes(const DcmTagKey& tag) {
  const std::uint32_t number = number_of(tag);
  return (number >= 0x00281101 && number <= 0x00281224) || number == 0x00282000 || number == 0x00283002 ||
         number == 0x00283006 || number == 0x00282000;
}

/// The type of the dictionary is the one in the file; where it leaves a choice, any of the numbers or bytes will do.
bool type_fits(DcmEVR known, DcmEVR written) {
  if (known == written) return true;
  switch (known) {
    case EVR_xs:
    case EVR_lt:
      return written == EVR_US || written == EVR_SS || written == EVR_OW;
    case EVR_ox:
    case EVR_px:
      return written == EVR_OB || written == EVR_OW;
    default:
      return false;
  }
}

std::string dummy_text(DcmEVR type) {
  switch (type) {
    case EVR_DA:
      return "19000101";
    case EVR_DT:
      return "19000101000000";
    case EVR_TM:
      return "000000";
    case EVR_DS:
    case EVR_IS:
      return "0";
    case EVR_AS:
      return "000Y";
    case EVR_CS:
      return "DEIDENTIFIED";
    default:
      return "de-identified";
  }
}

/// `date` is YYYYMMDD at its beginning; what follows (a time) stays. "" for what is no date.
std::string shifted_date(const std::string& date, std::int64_t days) {
  using namespace std::chrono;
  if (date.size() < 8 || !made_of(date.substr(0, 8), kDigits)) return "";
  const year_month_day day{year(std::stoi(date.substr(0, 4))),
                           month(static_cast<unsigned>(std::stoi(date.substr(4, 2)))),
                           std::chrono::day(static_cast<unsigned>(std::stoi(date.substr(6, 2))))};
  if (!day.ok()) return "";
  const year_month_day moved{sys_days(day) + std::chrono::days(days)};
  const int as_number =
      int{moved.year()} * 10000 + static_cast<int>(unsigned{moved.month()} * 100 + unsigned{moved.day()});
  const std::string digits = std::to_string(as_number);
  return std::string(8 - std::min<std::size_t>(8, digits.size()), '0') + digits + date.substr(8);
}

}  // namespace

AttributeCleaner::AttributeCleaner(DcmItem& dataset, const DeidentifyOptions& options, Pseudonyms& pseudonyms)
    : dataset_(dataset), options_(options), pseudonyms_(pseudonyms) {
  enhanced_ = dataset.tagExists(DCM_SharedFunctionalGroupsSequence);
  collect_names(dataset, "");
  const std::string id = all_text(dataset, DCM_PatientID);
  identity_ = id + "\n" + all_text(dataset, DCM_IssuerOfPatientID);
  if (id.empty()) {
    identity_ = all_text(dataset, DCM_PatientName) + "\n\n" + all_text(dataset, DCM_PatientBirthDate);
    if (identity_ == "\n\n") identity_ += "\n" + all_text(dataset, DCM_StudyInstanceUID);
  }
  for (const std::string& value : {id, all_text(dataset, DCM_AccessionNumber)})
    if (value.size() >= kShortestIdentifier && value.find_first_of(kDigits) != std::string::npos)
      forbidden_.insert(value);
}

void AttributeCleaner::clean() { clean_item(dataset_, false); }

std::string AttributeCleaner::character_set_of(DcmItem& item, const std::string& outer) {
  const std::string named = all_text(item, DCM_SpecificCharacterSet);
  return named.empty() ? outer : named;
}

void AttributeCleaner::note(const DcmTagKey& tag, const std::string& action) { ++changes_[{tag, action}]; }

std::vector<AttributeChange> AttributeCleaner::changes() const {
  std::vector<AttributeChange> list;
  for (const auto& [what, count] : changes_) {
    DcmTag tag(what.first);
    std::string name = tag.getGroup() % 2 == 1 ? "private" : tag.getTagName();
    if (name.starts_with("Unknown")) name = "unknown";
    list.push_back({tag.toString().c_str(), name, what.second, count});
  }
  return list;
}

/// Of everybody whom the object names, and the numbers by which its patient is known.
void AttributeCleaner::collect_names(DcmItem& item, const std::string& outer_character_set) {
  const std::string character_set = character_set_of(item, outer_character_set);
  static const std::set<DcmTagKey> kNumbers{
      DCM_PatientID, DCM_AccessionNumber,         DCM_AdmissionID,
      DCM_StudyID,   DCM_RETIRED_OtherPatientIDs, DCM_RETIRED_MedicalRecordLocator};
  for (DcmObject* object = item.nextInContainer(nullptr); object; object = item.nextInContainer(object)) {
    auto* element = dynamic_cast<DcmElement*>(object);
    if (!element) continue;
    if (element->ident() == EVR_PN) {
      names_.add_person(all_text(*element), character_set);
    } else if (kNumbers.count(element->getTag())) {
      names_.add_number(all_text(*element), character_set);
    } else if (auto* sequence = dynamic_cast<DcmSequenceOfItems*>(object)) {
      for (DcmObject* inner = sequence->nextInContainer(nullptr); inner; inner = sequence->nextInContainer(inner))
        if (auto* nested = dynamic_cast<DcmItem*>(inner)) collect_names(*nested, character_set);
    }
  }
}

void AttributeCleaner::clean_item(DcmItem& item, bool nested) {
  const std::string outer_character_set = character_set_;
  character_set_ = character_set_of(item, outer_character_set);
  // Taken out from the front and put back in order: removing single elements would search the list each time.
  std::vector<DcmElement*> elements;
  while (item.card() > 0) elements.push_back(item.remove(0UL));
  for (DcmElement* element : elements) {
    DcmElement* kept = cleaned(element, nested);
    if (kept && item.insert(kept, OFTrue).bad()) delete kept;
  }
  character_set_ = outer_character_set;
}

bool AttributeCleaner::stays(unsigned kept_with) const {
  return ((kept_with & kKeptWithDates) && options_.keep_dates) ||
         ((kept_with & kKeptWithDevice) && options_.keep_device) ||
         ((kept_with & kKeptWithInstitution) && options_.keep_institution) ||
         ((kept_with & kKeptWithPatient) && options_.keep_patient);
}

DcmElement* AttributeCleaner::cleaned(DcmElement* element, bool nested) {
  const DcmTagKey tag = element->getTag();
  const std::uint32_t number = number_of(tag);
  if (removed_as_group(number) || tag.getElement() == 0) return removed(element);
  if (tag == DCM_PixelData) return nested ? removed(element) : element;
  const DcmEVR known = DcmTag(tag).getEVR();
  if (known == EVR_UNKNOWN || known == EVR_UN) return removed(element);
  const ProfileRow* row = profile_row(number);
  if (!row) return unlisted(element, nested);
  if (!type_fits(known, element->ident()))
    return row->action == ProfileAction::remove || known == EVR_SQ ? removed(element)
                                                                   : apply(element, row->action, nested);
  if (stays(row->kept_with)) {
    const std::string text = all_text(*element);
    if (!plausible(known, text) || (is_free_text(known) && repeats_a_name(text)))
      return apply(element, row->action, nested);
    if (tag == DCM_PatientAge && std::atoi(all_text(*element).c_str()) > kOldestAge - 1 &&
        all_text(*element).ends_with('Y')) {
      element->putString("090Y");
      note(tag, "replaced");
    }
    return descended(element);
  }
  if ((row->kept_with & kKeptWithDates) && options_.shift_days != 0) {
    if (DcmElement* moved = shifted(element)) return moved;
  }
  return apply(element, row->action, nested);
}

DcmElement* AttributeCleaner::apply(DcmElement* element, ProfileAction action, bool nested) {
  const bool strict = nested || enhanced_;  // the types there are not known: a value always conforms
  const bool sequence = DcmTag(element->getTag()).getEVR() == EVR_SQ;
  switch (action) {
    case ProfileAction::remove:
      return removed(element);
    case ProfileAction::empty:
      return emptied(element);
    case ProfileAction::dummy:
      return dummy(element);
    case ProfileAction::uid:
      return with_new_uids(element);
    case ProfileAction::remove_or_empty:
      return strict ? emptied(element) : removed(element);
    case ProfileAction::empty_or_dummy:
      return strict ? dummy(element) : emptied(element);
    case ProfileAction::remove_or_dummy:
    case ProfileAction::remove_empty_or_dummy:
      return strict && !sequence ? dummy(element) : removed(element);
    case ProfileAction::remove_empty_or_uids:
      return descended(element);
  }
  return removed(element);
}

DcmElement* AttributeCleaner::unlisted(DcmElement* element, bool nested) {
  const DcmTagKey tag = element->getTag();
  const DcmEVR known = DcmTag(tag).getEVR(), type = element->ident();
  if (!type_fits(known, type)) return removed(element);
  if (type == EVR_SQ) return tag == DCM_WaveformSequence ? removed(element) : descended(element);
  if (type == EVR_UI) return names_a_kind(tag) ? element : with_new_uids(element);
  if (type == EVR_PN || type == EVR_AE || type == EVR_UR) return emptied(element);
  if (is_date(type) && !options_.keep_dates) {
    DcmElement* moved = options_.shift_days != 0 ? shifted(element) : nullptr;
    return moved ? moved : dummy(element);
  }
  if (is_free_text(type) && repeats_a_name(all_text(*element))) return nested ? dummy(element) : emptied(element);
  if (!element->isaString() && !needed_bytes(tag) &&
      (type == EVR_OB || type == EVR_OW || type == EVR_OD || type == EVR_OL || type == EVR_OF))
    return removed(element);
  return plausible(type, all_text(*element)) ? element : emptied(element);
}

bool AttributeCleaner::repeats_a_name(const std::string& text) const { return names_.is_in(text, character_set_); }

DcmElement* AttributeCleaner::with_new_uids(DcmElement* element) {
  std::vector<std::string> made;
  bool changed = false;
  for (const std::string& part : split_text(all_text(*element), '\\')) {
    const std::string uid = trim(part);
    const bool standard = uid.empty() || dcmFindNameOfUID(uid.c_str()) != nullptr;
    made.push_back(standard ? uid : pseudonyms_.uid(uid));
    if (standard) continue;
    changed = true;
    if (uid.size() >= kShortestIdentifier) forbidden_.insert(uid);
  }
  if (element->ident() != EVR_UI) return removed(element);
  if (!changed) return element;
  element->putString(join_text(made, "\\").c_str());
  note(element->getTag(), "replaced");
  return element;
}

DcmElement* AttributeCleaner::shifted(DcmElement* element) {
  const DcmEVR type = element->ident();
  if (!plausible(type, all_text(*element))) return nullptr;
  if (type == EVR_TM) return element;  // whole days are moved
  if (type != EVR_DA && type != EVR_DT) return nullptr;
  std::vector<std::string> moved;
  for (const std::string& date : split_text(all_text(*element), '\\')) {
    if (!trim(date).empty() && shifted_date(date, options_.shift_days).empty()) return nullptr;
    moved.push_back(trim(date).empty() ? "" : shifted_date(date, options_.shift_days));
  }
  element->putString(join_text(moved, "\\").c_str());
  note(element->getTag(), "shifted");
  return element;
}

DcmElement* AttributeCleaner::removed(DcmElement* element) {
  if (element->getTag().getElement() != 0 || element->getTag().getGroup() % 2 == 1) note(element->getTag(), "removed");
  delete element;
  return nullptr;
}

DcmElement* AttributeCleaner::emptied(DcmElement* element) {
  if (element->getLength() == 0) return element;
  DcmElement* fresh = nullptr;
  const DcmTag tag(element->getTag());
  note(tag, "emptied");
  delete element;
  return DcmItem::newDicomElement(fresh, tag).good() ? fresh : nullptr;
}

DcmElement* AttributeCleaner::dummy(DcmElement* element) {
  const DcmTag tag(element->getTag());
  const DcmEVR type = tag.getEVR();
  std::unique_ptr<DcmItem> item = std::make_unique<DcmItem>();
  if (type == EVR_SQ) {  // only a code can be made up
    const bool code = std::string(DcmTag(tag).getTagName()).ends_with("CodeSequence");
    DcmItem* inner = nullptr;
    if (!code || item->findOrCreateSequenceItem(tag, inner, 0).bad() || !inner) return removed(element);
    inner->putAndInsertString(DCM_CodeValue, "0");
    inner->putAndInsertString(DCM_CodingSchemeDesignator, "99LANET");
    inner->putAndInsertString(DCM_CodeMeaning, "de-identified");
  } else if (type == EVR_UI) {
    item->putAndInsertString(tag, pseudonyms_.uid(all_text(*element)).c_str());
  } else if (DcmElement* probe = nullptr; DcmItem::newDicomElement(probe, tag).good() && probe) {
    const bool written = probe->isaString() && probe->putString(dummy_text(type).c_str()).good();
    if (!written || item->insert(probe).bad()) delete probe;
  }
  if (item->card() == 0) return removed(element);
  note(tag, "replaced");
  delete element;
  return item->remove(0UL);
}

DcmElement* AttributeCleaner::descended(DcmElement* element) {
  auto* sequence = dynamic_cast<DcmSequenceOfItems*>(element);
  if (!sequence) return element;
  for (DcmObject* inner = sequence->nextInContainer(nullptr); inner; inner = sequence->nextInContainer(inner))
    if (auto* nested = dynamic_cast<DcmItem*>(inner)) clean_item(*nested, true);
  return element;
}

}  // namespace lanet
