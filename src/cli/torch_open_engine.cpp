#include "cli/engine_arguments.hpp"
#include "core/preset.hpp"
#include "engine/torch_engine.hpp"

namespace lanet {

std::unique_ptr<Engine> open_engine(const std::filesystem::path& model, const EngineOptions& options) {
  return make_torch_engine(find_model(model.string()), {options.device, options.precision, options.threads});
}

}  // namespace lanet
