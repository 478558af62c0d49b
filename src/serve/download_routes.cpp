#include "serve/api.hpp"

namespace lanet {

void add_download_routes(Router&, Api&) {}

}  // namespace lanet
