#include "core/preset.hpp"

#include <vector>

#include "core/child_process.hpp"
#include "core/error.hpp"
#include "core/settings.hpp"

namespace lanet {

namespace fs = std::filesystem;

namespace {

fs::path find_named(const std::string& file_or_name, const fs::path& folder, const std::string& extension,
                    const char* kind, const fs::path& start = {}) {
  if (fs::is_regular_file(file_or_name)) return file_or_name;
  const fs::path home = home_folder(start) / folder;
  const fs::path named = home / (file_or_name + extension);
  if (fs::exists(named)) return named;
  std::error_code ignored;
  const fs::file_type type = fs::status(file_or_name, ignored).type();
  if (type == fs::file_type::directory)
    throw ConfigError({file_or_name, "a folder", std::string("a file, or the name of a ") + kind, ""});
  if (type != fs::file_type::not_found && type != fs::file_type::none)
    throw ConfigError({file_or_name, "a pipe, a socket or a device", "a plain file", "save it as a file first"});
  std::vector<std::string> names;
  if (fs::is_directory(home))
    for (const auto& entry : fs::directory_iterator(home))
      if (entry.path().extension() == extension) names.push_back(entry.path().stem().string());
  const std::string nearest = nearest_name(file_or_name, names);
  throw ConfigError({file_or_name, std::string("no such file or ") + kind,
                     std::string("a file or the name of one in ") + folder.string() + "/",
                     nearest.empty() ? "" : "did you mean " + nearest + "?"});
}

}  // namespace

fs::path find_preset(const std::string& file_or_name, const fs::path& folder) {
  return find_named(file_or_name, folder, ".toml", "preset");
}

fs::path find_model(const std::string& file_or_name, const fs::path& start) {
  return find_named(file_or_name, "models", ".safetensors", "model", start);
}

fs::path changed_model_file(const std::string& file_or_name, const std::string& out) {
  if (!out.empty()) return out;
  const fs::path model = find_model(file_or_name);
  if (!fs::is_regular_file(file_or_name))
    throw ConfigError({"--out", "nothing", "a file for the changed model",
                       file_or_name + " is bundled and stays as it is; as --out " + file_or_name + ".safetensors"});
  return model;
}

}  // namespace lanet
