#include "core/file.hpp"
#include "core/json.hpp"
#include "node/address.hpp"
#include "node/delivery_queue.hpp"

namespace lanet {
namespace {

constexpr int kVersion = 1;

std::string text_of(const nlohmann::ordered_json& object, const char* name, const std::string& place) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string())
    throw DataError({place, std::string("no text '") + name + "'", "a record of results", "move the folder away"});
  return *found;
}

DeliveredObject read_object(const nlohmann::ordered_json& item, const std::string& place) {
  DeliveredObject object{text_of(item, "kind", place), text_of(item, "sop_class", place),
                         text_of(item, "sop_instance", place)};
  // The kind becomes a file's name.
  if (object.kind.empty() ||
      object.kind.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != std::string::npos)
    throw DataError({place, "the kind '" + object.kind + "'", "small letters and digits", ""});
  return object;
}

}  // namespace

std::string DeliveryRecord::json() const {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const DeliveredObject& object : objects)
    list.push_back(
        {{"kind", object.kind}, {"sop_class", object.sop_class_uid}, {"sop_instance", object.sop_instance_uid}});
  const nlohmann::ordered_json record{{"format", "lanet-delivery"},
                                      {"version", kVersion},
                                      {"source", source},
                                      {"study", study},
                                      {"model", model},
                                      {"found", found},
                                      {"made_unix", made},
                                      {"objects", list}};
  return record.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

DeliveryRecord DeliveryRecord::parse(const std::string& text, const std::string& place) {
  const auto object = parse_json(text, place);
  if (!object.is_object() || object.value("format", nlohmann::ordered_json()) != "lanet-delivery" ||
      object.value("version", nlohmann::ordered_json()) != kVersion)
    throw DataError({place, "something else", "format lanet-delivery, version 1", "move the folder away"});
  DeliveryRecord record;
  record.source = text_of(object, "source", place);
  record.study = text_of(object, "study", place);
  record.model = text_of(object, "model", place);
  record.found = text_of(object, "found", place);
  const auto made = object.find("made_unix");
  const auto list = object.find("objects");
  if (!is_uid(record.source) || made == object.end() || !made->is_number_integer() || list == object.end() ||
      !list->is_array())
    throw DataError({place, "no UID, time or objects", "a record of results", "move the folder away"});
  record.made = *made;
  for (const auto& item : *list) record.objects.push_back(read_object(item, place));
  return record;
}

}  // namespace lanet
