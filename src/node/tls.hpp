#pragma once

#include <memory>
#include <string>

#include "node/node_options.hpp"

class DcmTLSTransportLayer;

namespace lanet {

/// Sets DCMTK's DICOM TLS up for the side that is called: BCP 195 profile, certificate, key, and whom it believes.
/// Throws ConfigError naming the file that cannot be used.
void configure_tls_server(DcmTLSTransportLayer& layer, const TlsOptions& options);

/// The same for the side that calls: the other's certificate must be signed by `ca`. As DCMTK's DICOM TLS has it, the
/// name in the certificate is not compared with the host: name an authority that signs only DICOM peers.
void configure_tls_client(DcmTLSTransportLayer& layer, const DestinationOptions& options);

/// Makes DCMTK silent and OpenSSL ready; once, before any connection.
void prepare_network();

}  // namespace lanet
