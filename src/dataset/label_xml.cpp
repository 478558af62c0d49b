#include "dataset/label_xml.hpp"

#include <algorithm>

#include "core/encoding.hpp"
#include "core/error.hpp"
#include "dataset/labelled_picture.hpp"

namespace lanet {

std::unique_ptr<pugi::xml_document> parse_label_xml(std::string_view bytes, const std::string& place) {
  const std::string text = decode_text(bytes).text;
  auto document = std::make_unique<pugi::xml_document>();
  const pugi::xml_parse_result result =
      document->load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!result) {
    const auto before = text.begin() + std::min(result.offset, static_cast<std::ptrdiff_t>(text.size()));
    throw DataError({place + ":" + std::to_string(1 + std::count(text.begin(), before, '\n')), "text that is no XML",
                     "a whole XML file", "write the file anew"});
  }
  return document;
}

double number_of(const pugi::xml_attribute& attribute) { return number_of_text(attribute.value()); }
double number_of(const pugi::xml_node& node) { return number_of_text(node.text().get()); }

}  // namespace lanet
