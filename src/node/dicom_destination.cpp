#include <map>
#include <set>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmnet/diutil.h>
#include <dcmtk/dcmnet/scu.h>
#include <dcmtk/dcmtls/tlslayer.h>

#include "core/error.hpp"
#include "dicom/dicom_file.hpp"
#include "node/address.hpp"
#include "node/destination.hpp"
#include "node/dicom_object.hpp"
#include "node/tls.hpp"

namespace lanet {
namespace {

constexpr std::size_t kMostContexts = 126;  // of 128 odd numbers a byte holds; each class needs up to two
constexpr Uint16 kOutOfResources = 0xA700, kOutOfResourcesEnd = 0xA7FF;

bool is_warning(Uint16 status) { return (status & 0xF000) == 0xB000; }

/// An association of the side that calls.
class StoreUser final : public DcmSCU {
 public:
  StoreUser(const DestinationAddress& address, const DestinationOptions& options, const std::string& calling_ae,
            DcmTransportLayer* layer) {
    setAETitle(calling_ae.c_str());
    setPeerAETitle(address.ae_title.c_str());
    setPeerHostName(address.host.c_str());
    setPeerPort(address.port);
    const auto seconds = static_cast<Uint32>(options.timeout_seconds);
    setConnectionTimeout(static_cast<Sint32>(seconds));
    setACSETimeout(seconds);
    setDIMSETimeout(seconds);
    setDIMSEBlockingMode(DIMSE_NONBLOCKING);
    setDatasetConversionMode(OFTrue);  // where the other side takes it only uncompressed
    setVerbosePCMode(OFFalse);
    layer_ = layer;
  }

  void offer(const DicomObject& object) {
    const DcmXfer syntax(object.transfer_syntax.c_str());
    OFList<OFString> plain;
    plain.push_back(UID_LittleEndianExplicitTransferSyntax);
    plain.push_back(UID_LittleEndianImplicitTransferSyntax);
    add_once(object.sop_class_uid, "", plain);
    if (syntax.getXfer() == EXS_LittleEndianExplicit || syntax.getXfer() == EXS_LittleEndianImplicit) return;
    OFList<OFString> own;
    own.push_back(syntax.getXferID());
    add_once(object.sop_class_uid, object.transfer_syntax, own);
  }
  std::size_t contexts() const { return offered_.size(); }

  OFCondition open() {
    OFCondition condition = initNetwork();
    if (condition.good() && layer_) condition = useSecureConnection(layer_);
    if (condition.good()) condition = negotiateAssociation();
    return condition;
  }

 private:
  void add_once(const std::string& sop_class, const std::string& syntax, const OFList<OFString>& syntaxes) {
    if (offered_.insert({sop_class, syntax}).second) addPresentationContext(sop_class.c_str(), syntaxes);
  }

  std::set<std::pair<std::string, std::string>> offered_;
  DcmTransportLayer* layer_ = nullptr;
};

class DicomDestination final : public Destination {
 public:
  DicomDestination(const DestinationOptions& options, const std::string& calling_ae)
      : options_(options), address_(parse_address(options.url, "url")), calling_ae_(calling_ae) {
    prepare_network();
    if (!address_.tls) return;
    layer_ = std::make_unique<DcmTLSTransportLayer>(NET_REQUESTOR, static_cast<const char*>(nullptr), OFFalse);
    configure_tls_client(*layer_, options_);
  }

  std::vector<SendOutcome> send(std::span<const std::filesystem::path> files) override {
    std::vector<SendOutcome> outcomes(files.size());
    std::size_t next = 0;
    while (next < files.size()) next = send_some(files, next, outcomes);
    return outcomes;
  }

 private:
  /// One association for as many files as it has presentation contexts for. Returns the first file that is left.
  std::size_t send_some(std::span<const std::filesystem::path> files, std::size_t first,
                        std::vector<SendOutcome>& outcomes) {
    StoreUser user(address_, options_, calling_ae_, layer_.get());
    std::map<std::size_t, DicomObject> objects;
    constexpr std::size_t kMostBytes = std::size_t{256} << 20;
    std::size_t end = first, bytes = 0;
    for (; end < files.size() && user.contexts() < kMostContexts && bytes < kMostBytes; ++end) {
      try {
        const DicomObject& object = objects.emplace(end, read_dicom_object(files[end])).first->second;
        bytes += object.bytes.size();
        user.offer(object);
      } catch (const DataError& error) {
        outcomes[end] = {SendOutcome::Kind::kRefused, error.what()};
      }
    }
    if (objects.empty()) return end;
    const OFCondition opened = user.open();
    if (opened.bad()) {
      const bool rejected = opened == DUL_ASSOCIATIONREJECTED;
      const bool nothing_taken = opened == NET_EC_NoAcceptablePresentationContexts;
      const SendOutcome outcome{nothing_taken ? SendOutcome::Kind::kRefused : SendOutcome::Kind::kUnreachable,
                                nothing_taken ? "takes none of these classes"
                                : rejected ? "association rejected: see whether it calls itself " + address_.ae_title +
                                                 " and lets " + calling_ae_ + " in"
                                           : opened.text()};
      for (const auto& [index, object] : objects) outcomes[index] = outcome;
      return end;
    }
    for (auto& [index, object] : objects) outcomes[index] = store(user, object);
    if (user.isConnected()) user.releaseAssociation();
    return end;
  }

  static SendOutcome store(StoreUser& user, const DicomObject& object) {
    if (!user.isConnected()) return {SendOutcome::Kind::kUnreachable, "the association was ended"};
    Uint16 status = 0;
    const OFCondition sent = user.sendSTORERequest(0, "", object.format->getDataset(), status);
    if (sent == DIMSE_NOVALIDPRESENTATIONCONTEXTID || sent == NET_EC_NoPresentationContextsDefined)
      return {
          SendOutcome::Kind::kRefused,
          std::string("takes no ") + dcmFindNameOfUID(object.sop_class_uid.c_str(), "such class") + " in this syntax"};
    if (sent.bad()) {
      user.closeAssociation(DCMSCU_ABORT_ASSOCIATION);
      return {SendOutcome::Kind::kUnreachable, sent.text()};
    }
    if (status == STATUS_Success) return {SendOutcome::Kind::kAccepted, ""};
    const std::string text = DU_cstoreStatusString(status);
    if (is_warning(status)) return {SendOutcome::Kind::kAccepted, text};
    const bool full = status >= kOutOfResources && status <= kOutOfResourcesEnd;
    return {full ? SendOutcome::Kind::kUnreachable : SendOutcome::Kind::kRefused, text};
  }

  DestinationOptions options_;
  DestinationAddress address_;
  std::string calling_ae_;
  std::unique_ptr<DcmTLSTransportLayer> layer_;
};

}  // namespace

std::unique_ptr<Destination> make_dicom_destination(const DestinationOptions& options, const std::string& calling_ae) {
  return std::make_unique<DicomDestination>(options, calling_ae);
}

}  // namespace lanet
