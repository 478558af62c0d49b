#include "cli/engine_arguments.hpp"
#include "core/preset.hpp"
#include "runtime/openvino_engine.hpp"

namespace lanet {

std::unique_ptr<Engine> open_engine(const std::filesystem::path& model, const EngineOptions& options) {
  return make_openvino_engine(find_model(model.string()), {options.precision, options.threads, {}});
}

}  // namespace lanet
