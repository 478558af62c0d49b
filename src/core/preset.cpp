#include "core/preset.hpp"

#include <vector>

#include "core/child_process.hpp"
#include "core/error.hpp"
#include "core/settings.hpp"

namespace lanet {

namespace fs = std::filesystem;

fs::path find_preset(const std::string& file_or_name, const fs::path& folder) {
  if (fs::is_regular_file(file_or_name)) return file_or_name;
  const fs::path presets = home_folder() / folder;
  const fs::path preset = presets / (file_or_name + ".toml");
  if (fs::exists(preset)) return preset;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(presets))
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  const std::string nearest = nearest_name(file_or_name, names);
  throw ConfigError({file_or_name, "no such file or preset",
                     "a TOML file or the name of one in " + folder.string() + "/",
                     nearest.empty() ? "" : "did you mean " + nearest + "?"});
}

}  // namespace lanet
