#include "dataset/nnunet_labels.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<const char*, 14> kAnyLesion = {"lesion",  "lesions",       "tumor",  "tumors", "tumour",
                                                    "tumours", "mass",          "masses", "nodule", "foreground",
                                                    "target",  "breast lesion", "1",      "roi"};

std::optional<std::int64_t> whole_number(const std::string& text) {
  if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  return std::stoll(text);
}

bool is_no_lesion(const std::string& name) {
  const std::string lower = to_lower(trim(name));
  return lower == "background" || lower == "ignore" || lower == "void" || lower == "unlabeled";
}

}  // namespace

bool NnUnetLabels::name_classes() const {
  if (lesions.size() != 1) return lesions.size() > 1;
  const std::string name = to_lower(trim(lesions.begin()->second));
  return std::find(kAnyLesion.begin(), kAnyLesion.end(), name) == kAnyLesion.end();
}

NnUnetLabels parse_nnunet_labels(std::string_view text, const std::string& place) {
  const Json json = parse_json<Json>(text, place);
  const char* expected = R"("labels": {"background": 0, "NAME": NUMBER})";
  if (!json.is_object() || !json.contains("labels") || !json["labels"].is_object())
    throw DataError({place, "no labels", expected, "copy dataset.json from the nnU-Net data set"});
  NnUnetLabels labels;
  std::vector<std::pair<std::string, Json>> entries;
  for (const auto& [key, value] : json["labels"].items()) entries.emplace_back(key, value);
  // Regions of several labels last: a label's own name comes first.
  std::stable_partition(entries.begin(), entries.end(), [](const auto& entry) { return !entry.second.is_array(); });
  for (const auto& [key, value] : entries) {
    const auto add = [&, name = key, region = value.is_array()](const Json& number) {
      if (!number.is_number_integer() || number.get<std::int64_t>() < 0)
        throw DataError({place, "the label '" + name + "' of " + number.dump(), expected, ""});
      const auto label = number.get<std::int64_t>();
      if (is_no_lesion(name) || label == 0) {
        labels.others.insert(label);
        return;
      }
      const auto [known, fresh] = labels.lesions.emplace(label, name);
      if (!fresh && !region)
        throw DataError({place, "the number " + std::to_string(label) + " for " + known->second + " and for " + name,
                         "a number for each label", "correct the masks and dataset.json"});
    };
    if (value.is_string()) {  // version 1
      const auto number = whole_number(key);
      if (!number) throw DataError({place, "the label '" + key + "'", expected, ""});
      if (*number > 0 && !is_no_lesion(value.get<std::string>()))
        labels.lesions.emplace(*number, value.get<std::string>());
      else
        labels.others.insert(*number);
    } else if (value.is_array()) {
      for (const Json& part : value) add(part);
    } else {
      add(value);
    }
  }
  return labels;
}

}  // namespace lanet
