#include "dataset/classes.hpp"

#include <set>

#include "core/error.hpp"
#include "core/settings.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

std::string named_class(const std::vector<std::string>& names, const std::string& wanted, const std::string& place,
                        const std::string& option) {
  const std::string found = same_class(names, wanted);
  if (!found.empty()) return found;
  const std::string near = nearest_name(wanted, names);
  throw ConfigError({place, option + " '" + wanted + "', which no image has",
                     "one of the classes " + join_text(names, ", "), near.empty() ? "" : "did you mean " + near + "?"});
}

}  // namespace

std::vector<std::string> class_names(const std::vector<Sample>& samples) {
  std::set<std::string> names;
  for (const Sample& sample : samples)
    if (!sample.class_name.empty()) names.insert(sample.class_name);
  return {names.begin(), names.end()};
}

ClassRoles class_roles(const Manifest& manifest, const std::string& place, const std::string& chosen_positive,
                       const std::string& chosen_normal) {
  ClassRoles roles;
  roles.names = class_names(manifest.samples);
  const std::string& normal = chosen_normal.empty() ? manifest.normal_class : chosen_normal;
  roles.normal =
      normal.empty() ? known_normal_class(roles.names) : named_class(roles.names, normal, place, "normal class");
  const std::string& positive = chosen_positive.empty() ? manifest.positive_class : chosen_positive;
  if (!positive.empty())
    roles.positive = named_class(roles.names, positive, place, "positive class");
  else if (roles.names.size() > 1)
    roles.positive = known_positive_class(roles.names);
  if (roles.positive.empty() && roles.names.size() > 1)
    throw ConfigError(
        {place, "the classes " + join_text(roles.names, ", ") + ", whose names do not say which is the positive one",
         "its name by --positive NAME",
         "`lanet data import` keeps it as positive_class in the .toml beside the manifest"});
  if (!roles.positive.empty() && roles.positive == roles.normal)
    throw ConfigError(
        {place, "the class " + roles.positive + " as positive and as normal", "two different classes", ""});
  return roles;
}

std::string roles_text(const ClassRoles& roles) {
  if (roles.positive.empty()) return "";
  return "positive class: " + roles.positive + (roles.normal.empty() ? "" : "; normal class: " + roles.normal);
}

ClassRoles settle_roles(Manifest& manifest, const std::string& place, const std::string& chosen_positive,
                        const std::string& chosen_normal) {
  const ClassRoles roles = class_roles(manifest, place, chosen_positive, chosen_normal);
  manifest.positive_class = roles.positive;
  manifest.normal_class = roles.normal;
  for (Sample& sample : manifest.samples)
    if (!roles.normal.empty() && sample.class_name == roles.normal && sample.location == Location::kNone)
      sample.location = Location::kEmpty;
  return roles;
}

ClassMap::ClassMap(const std::vector<std::string>& assignments) {
  for (const std::string& text : assignments)
    for (const std::string& part : split_text(text, ',')) {
      if (trim(part).empty()) continue;
      const std::size_t equals = part.find('=');
      const std::string old_name = trim(part.substr(0, equals));
      if (equals == std::string::npos || old_name.empty())
        throw ConfigError({"--classes", part, "OLD=NEW, or OLD= to leave a class out", ""});
      if (!new_name_.emplace(old_name, trim(part.substr(equals + 1))).second)
        throw ConfigError({"--classes", "the class " + old_name + " twice", "each class once", ""});
    }
}

std::string ClassMap::apply(Manifest& manifest, const std::string& place) const {
  if (empty()) return "";
  const std::vector<std::string> names = class_names(manifest.samples);
  std::map<std::string, std::string> renamed;
  for (const auto& [old_name, new_name] : new_name_)
    renamed[named_class(names, old_name, place, "--classes")] = new_name;
  std::map<std::string, std::int64_t> counts;
  for (const Sample& sample : manifest.samples) ++counts[sample.class_name];
  std::erase_if(manifest.samples, [&](const Sample& sample) {
    const auto found = renamed.find(sample.class_name);
    return found != renamed.end() && found->second.empty();
  });
  const auto rename = [&](std::string& name) {
    if (const auto found = renamed.find(name); found != renamed.end()) name = found->second;
  };
  for (Sample& sample : manifest.samples) rename(sample.class_name);
  rename(manifest.positive_class);
  rename(manifest.normal_class);
  std::vector<std::string> left_out, changed;
  for (const auto& [old_name, new_name] : renamed) {
    const std::string count = count_of(static_cast<std::size_t>(counts[old_name]), "image", "images");
    if (new_name.empty())
      left_out.push_back(old_name + " (" + count + ")");
    else
      changed.push_back(old_name + " (" + count + ") as " + new_name);
  }
  std::vector<std::string> parts;
  if (!left_out.empty()) parts.push_back("left out: " + join_text(left_out, ", "));
  if (!changed.empty()) parts.push_back("read " + join_text(changed, ", "));
  return "classes: " + join_text(parts, "; ");
}

}  // namespace lanet
