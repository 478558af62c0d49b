#include "node/destination.hpp"

#include "node/address.hpp"

namespace lanet {

std::unique_ptr<Destination> make_destination(const std::string& name, const DestinationOptions& options,
                                              const std::string& calling_ae) {
  options.validate(name);
  if (parse_address(options.url, "destinations." + name + ".url").kind == DestinationAddress::Kind::kWeb)
    return make_web_destination(options);
  return make_dicom_destination(options, options.ae_title.empty() ? calling_ae : options.ae_title);
}

}  // namespace lanet
