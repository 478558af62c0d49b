#include "network/card_options.hpp"

#include "core/error.hpp"

namespace lanet {

NetworkOptions options_of(const ModelCard& card, const std::string& place) {
  NetworkOptions options;
  try {
    read_toml(card.architecture, place, fields_of(options));
    options.validate();
  } catch (const ConfigError& error) {
    throw DataError({place, "an architecture that this version does not know", "", error.what()});
  }
  return options;
}

}  // namespace lanet
