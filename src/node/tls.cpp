#include "node/tls.hpp"

#include <csignal>
#include <mutex>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dcmtrans.h>
#include <dcmtk/dcmnet/dul.h>
#include <dcmtk/dcmtls/tlslayer.h>

#include "core/error.hpp"

namespace lanet {
namespace {

void require(const OFCondition& condition, const std::string& file, const std::string& expected) {
  if (condition.bad())
    throw ConfigError(
        {file, std::string("what TLS cannot use (") + condition.text() + ")", expected, "look at the file"});
}

void use_identity(DcmTLSTransportLayer& layer, const std::string& certificate, const std::string& key) {
  require(layer.setPrivateKeyFile(key.c_str(), DCF_Filetype_PEM), key, "a private key in PEM");
  require(layer.setCertificateFile(certificate.c_str(), DCF_Filetype_PEM), certificate, "a certificate in PEM");
  if (!layer.checkPrivateKeyMatchesCertificate())
    throw ConfigError({key, "the key of another certificate", "that of " + certificate, ""});
}

void use_profile(DcmTLSTransportLayer& layer) {
  require(layer.setTLSProfile(TSP_Profile_BCP195), "TLS", "the BCP 195 profile");
  require(layer.activateCipherSuites(), "TLS", "the BCP 195 profile's ciphers");
}

}  // namespace

void configure_tls_server(DcmTLSTransportLayer& layer, const TlsOptions& options) {
  use_profile(layer);
  use_identity(layer, options.certificate, options.key);
  if (!options.ca.empty())
    require(layer.addTrustedCertificateFile(options.ca.c_str(), DCF_Filetype_PEM), options.ca, "certificates in PEM");
  layer.setCertificateVerification(options.ask_certificate ? DCV_requireCertificate : DCV_ignoreCertificate);
}

void configure_tls_client(DcmTLSTransportLayer& layer, const DestinationOptions& options) {
  use_profile(layer);
  if (!options.certificate.empty()) use_identity(layer, options.certificate, options.key);
  require(layer.addTrustedCertificateFile(options.ca.c_str(), DCF_Filetype_PEM), options.ca, "certificates in PEM");
  layer.setCertificateVerification(DCV_requireCertificate);
}

void prepare_network() {
  static std::once_flag once;
  std::call_once(once, [] {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    DcmTLSTransportLayer::initializeOpenSSL();
    dcmDisableGethostbyaddr.set(OFTrue);  // peers are known by their address; a slow name server must not hold anyone
    std::signal(SIGPIPE, SIG_IGN);        // a peer that goes away in the middle of an answer
  });
}

}  // namespace lanet
