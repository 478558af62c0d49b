#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <pugixml.hpp>

namespace lanet {

/// The XML of a label file in any encoding (core/encoding.hpp). Entities of a DOCTYPE are not expanded. Throws
/// DataError naming the line where it is no XML.
std::unique_ptr<pugi::xml_document> parse_label_xml(std::string_view bytes, const std::string& place);

/// Number of an attribute, or of a child's text; NaN where there is none.
double number_of(const pugi::xml_attribute& attribute);
double number_of(const pugi::xml_node& node);

}  // namespace lanet
