#include "serve/api.hpp"

namespace lanet {

void add_run_routes(Router&, Api&) {}

}  // namespace lanet
