#include "dataset/statistics.hpp"

#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/json_text.hpp"

namespace lanet {
namespace {

struct Counts {
  std::int64_t images = 0;
  std::set<std::string> groups;
  std::map<std::string, std::int64_t> classes;
  std::map<std::string, std::int64_t> locations;
};

std::vector<std::pair<std::string, Counts>> count(const Manifest& manifest, const Split* split) {
  std::map<std::string, Counts> by_subset;
  for (const Sample& sample : manifest.samples) {
    std::vector<std::string> subsets = {""};
    if (split) {
      const auto entry = split->subset_of.find(sample.id);
      subsets.push_back(entry == split->subset_of.end() ? "(no subset)" : entry->second);
    }
    for (const std::string& subset : subsets) {
      Counts& counts = by_subset[subset];
      ++counts.images;
      counts.groups.insert(group_name(sample));
      ++counts.classes[sample.class_name.empty() ? "(unknown)" : sample.class_name];
      ++counts.locations[to_text(sample.location)];
    }
  }
  return {by_subset.begin(), by_subset.end()};
}

std::string parts(const std::map<std::string, std::int64_t>& counts) {
  std::string text;
  for (const auto& [name, number] : counts) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, number);
  return text;
}

}  // namespace

std::string dataset_table(const Manifest& manifest, const Split* split) {
  std::string text =
      fmt::format("{:<12} {:>7} {:>7}   {:<44} {}\n", "subset", "images", "groups", "classes", "location");
  for (const auto& [subset, counts] : count(manifest, split))
    text += fmt::format("{:<12} {:>7} {:>7}   {:<44} {}\n", subset.empty() ? "all" : subset, counts.images,
                        counts.groups.size(), parts(counts.classes), parts(counts.locations));
  return text;
}

std::string dataset_json(const Manifest& manifest, const Split* split) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const auto& [subset, counts] : count(manifest, split))
    json.push_back({{"subset", subset.empty() ? "all" : subset},
                    {"images", counts.images},
                    {"groups", counts.groups.size()},
                    {"classes", counts.classes},
                    {"location", counts.locations}});
  return json_text(json, 2) + "\n";
}

}  // namespace lanet
