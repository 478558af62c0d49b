#pragma once

#include <filesystem>

namespace lanet {

/// Where what can be computed anew is kept for the user: $LANET_CACHE, else $XDG_CACHE_HOME/lanet, else ~/.cache/lanet;
/// empty where none of these is set: nothing is kept. Does not create it.
std::filesystem::path user_cache_folder();

}  // namespace lanet
