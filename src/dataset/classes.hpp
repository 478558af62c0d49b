#pragma once

#include <map>
#include <string>
#include <vector>

#include "dataset/manifest.hpp"
#include "finding/class_meaning.hpp"

namespace lanet {

/// Sorted names of the classes that occur ("benign", "malignant" (, "normal")): index = class number of the network. K
/// = 2 or 3 from the data.
std::vector<std::string> class_names(const std::vector<Sample>& samples);

/// What the classes of a data set stand for.
struct ClassRoles {
  std::vector<std::string> names;  // as class_names
  std::string positive;            // what sensitivity and thresholds are about; "" with fewer than two classes
  std::string normal;              // of images without a lesion; "" none
};
/// The positive class is `chosen`, else what the manifest says, else what its name says: never a guess. Throws
/// ConfigError(place) that names the classes where it is none of these, and where a class that was named does not
/// occur.
ClassRoles class_roles(const Manifest& manifest, const std::string& place, const std::string& chosen_positive = "",
                       const std::string& chosen_normal = "");
/// "positive class: Malignant; normal class: Normal" for a terminal; "" without a positive class.
std::string roles_text(const ClassRoles& roles);

/// Settles the roles and writes them into the manifest; images of the normal class without a location label are known
/// to hold no lesion (Location::kEmpty). Throws as class_roles.
ClassRoles settle_roles(Manifest& manifest, const std::string& place, const std::string& chosen_positive = "",
                        const std::string& chosen_normal = "");

/// Classes renamed, united and left out: `--classes old=new,...`; `old=` leaves the images of that class out.
class ClassMap {
 public:
  ClassMap() = default;
  /// Throws ConfigError for a part without `=`, or a class that is named twice.
  explicit ClassMap(const std::vector<std::string>& assignments);
  bool empty() const { return new_name_.empty(); }
  /// Renames the classes of all samples and removes those that are left out. Returns one line that says what was done;
  /// "" for an empty map. Throws ConfigError(place) for a class that the data set does not have.
  std::string apply(Manifest& manifest, const std::string& place) const;

 private:
  std::map<std::string, std::string> new_name_;
};

}  // namespace lanet
