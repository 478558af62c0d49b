#include "core/cache_folder.hpp"

#include <cstdlib>
#include <utility>

namespace lanet {

std::filesystem::path user_cache_folder() {
  namespace fs = std::filesystem;
  for (const auto& [variable, below] :
       {std::pair{"LANET_CACHE", ""}, std::pair{"XDG_CACHE_HOME", "lanet"}, std::pair{"HOME", ".cache/lanet"}})
    if (const char* folder = std::getenv(variable); folder && *folder)
      return *below ? fs::path(folder) / below : fs::path(folder);
  return {};
}

}  // namespace lanet
