#pragma once

#include <string>

#include "dicom/attributes.hpp"

namespace lanet {

/// How an item of a structured report belongs to the one above it (PS3.3 C.17.3.2.4).
enum class Relation { kContains, kHasConceptModifier, kHasObservationContext, kHasAcquisitionContext };

/// Items of a structured report, each added below `parent`; the new item is returned, so that others go below it.
/// template_id: of PS3.16, "" for none.
DcmItem& add_container(DcmItem& parent, const Code& concept_name, const std::string& template_id = "");
DcmItem& add_text(DcmItem& parent, Relation relation, const Code& concept_name, const std::string& text);
DcmItem& add_code(DcmItem& parent, Relation relation, const Code& concept_name, const Code& value);
DcmItem& add_uid(DcmItem& parent, Relation relation, const Code& concept_name, const std::string& uid);
/// With the exact value beside the decimal text.
DcmItem& add_number(DcmItem& parent, const Code& concept_name, double value, const Code& unit);
/// Without a concept name where its value is empty. The reference itself is the caller's to fill
/// (ReferencedSOPSequence).
DcmItem& add_image(DcmItem& parent, const Code& concept_name);

}  // namespace lanet
