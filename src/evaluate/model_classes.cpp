#include "evaluate/model_classes.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/error.hpp"
#include "core/text.hpp"
#include "finding/class_meaning.hpp"

namespace lanet {
namespace {

/// The model's class of the same meaning; "" (leave it out) where it has none.
std::string likely_class(const std::string& name, const std::vector<std::string>& classes) {
  const ClassMeaning meaning = class_meaning(name);
  if (meaning == ClassMeaning::kUnknown) return "";
  std::string found;
  for (const std::string& known : classes) {
    if (class_meaning(known) != meaning) continue;
    if (!found.empty()) return "";
    found = known;
  }
  return found;
}

std::map<std::string, std::int64_t> counts_of(const Manifest& manifest, const std::vector<std::string>& ids) {
  std::map<std::string, std::int64_t> counts;
  for (const std::size_t position : manifest.find_all(ids))
    if (const std::string& name = manifest.samples[position].class_name; !name.empty()) ++counts[name];
  return counts;
}

void refuse_unknown(const std::map<std::string, std::int64_t>& counts, const ModelCard& card,
                    const std::string& place) {
  std::vector<std::string> unknown, remedies;
  for (const auto& [name, count] : counts) {
    if (std::find(card.classes.begin(), card.classes.end(), name) != card.classes.end()) continue;
    unknown.push_back(name + " (" + std::to_string(count) + " images)");
    remedies.push_back(name + "=" + likely_class(name, card.classes));
  }
  if (unknown.empty()) return;
  throw DataError({place, "the class " + join_text(unknown, ", ") + ", which the model does not know",
                   "classes of the model: " + join_text(card.classes, ", "),
                   "map it, or leave it out: --classes '" + join_text(remedies, ",") + "'"});
}

}  // namespace

std::vector<std::string> fit_classes(Manifest& manifest, std::vector<std::string>& ids, const ModelCard& card,
                                     const ClassMap& map, const std::string& place) {
  std::vector<std::string> notes;
  if (const std::string line = map.apply(manifest, place); !line.empty()) notes.push_back(line);
  std::set<std::string> left;
  for (const Sample& sample : manifest.samples) left.insert(sample.id);
  std::erase_if(ids, [&](const std::string& id) { return !left.contains(id); });
  if (ids.empty()) throw DataError({place, "no image that is not left out", "at least one", "see --classes"});
  std::map<std::string, std::string> renamed;
  for (Sample& sample : manifest.samples) {
    const std::string same = same_class(card.classes, sample.class_name);
    if (same.empty() || same == sample.class_name) continue;
    renamed[sample.class_name] = same;
    sample.class_name = same;
  }
  for (std::string* name : {&manifest.positive_class, &manifest.normal_class})
    if (const auto found = renamed.find(*name); found != renamed.end()) *name = found->second;
  refuse_unknown(counts_of(manifest, ids), card, place);
  const std::string positive =
      manifest.positive_class.empty() ? known_positive_class(class_names(manifest.samples)) : manifest.positive_class;
  if (!positive.empty() && positive != card.positive_class)
    notes.push_back("the model decides for " + card.positive_class + ", the data set names " + positive +
                    " as its positive class; the model's counts");
  return notes;
}

}  // namespace lanet
