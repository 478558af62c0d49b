#include "dicom/report_content.hpp"

#include <stdexcept>

#include "core/text.hpp"

namespace lanet {
namespace {

const char* spelled(Relation relation) {
  switch (relation) {
    case Relation::kContains:
      return "CONTAINS";
    case Relation::kHasConceptModifier:
      return "HAS CONCEPT MOD";
    case Relation::kHasObservationContext:
      return "HAS OBS CONTEXT";
    case Relation::kHasAcquisitionContext:
      return "HAS ACQ CONTEXT";
  }
  throw std::logic_error("no such relation");
}

DcmItem& add(DcmItem& parent, Relation relation, const char* type, const Code& concept_name) {
  DcmItem& item = append_item(parent, DCM_ContentSequence);
  put(item, DCM_RelationshipType, spelled(relation));
  put(item, DCM_ValueType, type);
  if (!concept_name.value.empty()) append_code(item, DCM_ConceptNameCodeSequence, concept_name);
  return item;
}

}  // namespace

DcmItem& add_container(DcmItem& parent, const Code& concept_name, const std::string& template_id) {
  DcmItem& item = add(parent, Relation::kContains, "CONTAINER", concept_name);
  put(item, DCM_ContinuityOfContent, "SEPARATE");
  if (!template_id.empty()) {
    DcmItem& used = append_item(item, DCM_ContentTemplateSequence);
    put(used, DCM_MappingResource, "DCMR");
    put(used, DCM_TemplateIdentifier, template_id);
  }
  return item;
}

DcmItem& add_text(DcmItem& parent, Relation relation, const Code& concept_name, const std::string& text) {
  constexpr std::size_t kLongest = 1024;
  DcmItem& item = add(parent, relation, "TEXT", concept_name);
  put(item, DCM_TextValue, plain_text(text, kLongest));
  return item;
}

DcmItem& add_code(DcmItem& parent, Relation relation, const Code& concept_name, const Code& value) {
  DcmItem& item = add(parent, relation, "CODE", concept_name);
  append_code(item, DCM_ConceptCodeSequence, value);
  return item;
}

DcmItem& add_uid(DcmItem& parent, Relation relation, const Code& concept_name, const std::string& uid) {
  DcmItem& item = add(parent, relation, "UIDREF", concept_name);
  put(item, DCM_UID, uid);
  return item;
}

DcmItem& add_number(DcmItem& parent, const Code& concept_name, double value, const Code& unit) {
  constexpr int kShownDigits = 3;
  DcmItem& item = add(parent, Relation::kContains, "NUM", concept_name);
  DcmItem& measured = append_item(item, DCM_MeasuredValueSequence);
  put(measured, DCM_NumericValue, fixed(value, kShownDigits));  // for people; the exact value is beside it
  if (measured.putAndInsertFloat64(DCM_FloatingPointValue, value).bad())
    throw std::logic_error("no number in a report");
  append_code(measured, DCM_MeasurementUnitsCodeSequence, unit);
  return item;
}

DcmItem& add_image(DcmItem& parent, const Code& concept_name) {
  return add(parent, Relation::kContains, "IMAGE", concept_name);
}

}  // namespace lanet
