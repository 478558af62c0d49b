#include "node/association.hpp"

#include <algorithm>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dimse.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/error.hpp"
#include "core/text.hpp"
#include "node/address.hpp"
#include "node/object_file.hpp"
#include "node/part10.hpp"
#include "node/pdv_reader.hpp"

namespace lanet {
namespace {

constexpr std::size_t kMostCommandBytes = 16 * 1024;
constexpr int kGoodbyeSeconds = 5;

bool is_among(const std::vector<std::string>& list, const char* text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

/// The first transfer syntax, in the peer's order, that is read here; null without one.
const char* first_known_syntax(const T_ASC_PresentationContext& context) {
  for (int index = 0; index < context.transferSyntaxCount; ++index)
    if (is_among(accepted_syntaxes(), context.proposedTransferSyntaxes[index]))
      return context.proposedTransferSyntaxes[index];
  return nullptr;
}

}  // namespace

Association::Association(T_ASC_Association& association, const AssociationContext& context)
    : association_(association), context_(context) {
  const DUL_ASSOCIATESERVICEPARAMETERS& parameters = association_.params->DULparams;
  peer_ = trim(parameters.callingAPTitle);
  address_ = trim(parameters.callingPresentationAddress);
}

void Association::allow_seconds(double seconds) {
  context_.connection.set_deadline(ConnectionWatch::Clock::now() +
                                   std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000)));
}

void Association::serve() {
  if (!negotiate()) return;
  while (answer_request() == Next::kGoOn) {
  }
}

bool Association::negotiate() {
  if (context_.crowded)
    return reject(ASC_RESULT_REJECTEDTRANSIENT, ASC_SOURCE_SERVICEPROVIDER_PRESENTATION_RELATED,
                  ASC_REASON_SP_PRES_LOCALLIMITEXCEEDED, "too many associations");
  if (trim(association_.params->DULparams.calledAPTitle) != context_.listen.ae_title)
    return reject(ASC_RESULT_REJECTEDPERMANENT, ASC_SOURCE_SERVICEUSER, ASC_REASON_SU_CALLEDAETITLENOTRECOGNIZED,
                  "another AE title was called");
  if (!context_.peers.allows(peer_, address_))
    return reject(ASC_RESULT_REJECTEDPERMANENT, ASC_SOURCE_SERVICEUSER, ASC_REASON_SU_CALLINGAETITLENOTRECOGNIZED,
                  "not among the peers");
  accept_contexts();
  return ASC_acknowledgeAssociation(&association_).good();
}

void Association::accept_contexts() {
  T_ASC_Parameters* parameters = association_.params;
  for (int index = 0; index < ASC_countPresentationContexts(parameters); ++index) {
    T_ASC_PresentationContext context;
    if (ASC_getPresentationContext(parameters, index, &context).bad()) continue;
    const bool known = is_among(accepted_classes(), context.abstractSyntax);
    const char* syntax = first_known_syntax(context);
    if (known && syntax)
      ASC_acceptPresentationContext(parameters, context.presentationContextID, syntax);
    else
      ASC_refusePresentationContext(parameters, context.presentationContextID,
                                    known ? ASC_P_TRANSFERSYNTAXESNOTSUPPORTED : ASC_P_ABSTRACTSYNTAXNOTSUPPORTED);
  }
}

bool Association::reject(int result, int source, int reason, const std::string& why) {
  const T_ASC_RejectParameters parameters{static_cast<T_ASC_RejectParametersResult>(result),
                                          static_cast<T_ASC_RejectParametersSource>(source),
                                          static_cast<T_ASC_RejectParametersReason>(reason)};
  allow_seconds(kGoodbyeSeconds);
  context_.taker.refused(peer_, address_, "association refused: " + why);
  ASC_rejectAssociation(&association_, &parameters);
  return false;
}

Association::Next Association::abort(const std::string& why) {
  if (!why.empty()) context_.taker.refused(peer_, address_, "association broken off: " + why);
  allow_seconds(kGoodbyeSeconds);
  ASC_abortAssociation(&association_);
  return Next::kEnd;
}

bool Association::wait_for_request() {
  const auto idle_since = ConnectionWatch::Clock::now();
  while (ConnectionWatch::Clock::now() - idle_since < std::chrono::seconds(context_.limits.idle_seconds)) {
    if (ASC_dataWaiting(&association_, 1)) return true;
    if (context_.stop) return false;
  }
  return false;
}

Association::Next Association::answer_request() {
  allow_seconds(static_cast<double>(context_.limits.idle_seconds) + kGoodbyeSeconds);
  if (!wait_for_request()) return abort(context_.stop ? "" : "idle");
  allow_seconds(static_cast<double>(context_.limits.request_seconds));
  std::string bytes;
  unsigned char context_id = 0;
  PdvReader reader(association_, static_cast<int>(context_.limits.request_seconds));
  const ReadEnd end = reader.read_command(bytes, context_id, kMostCommandBytes);
  if (end == ReadEnd::kReleased) {
    ASC_acknowledgeRelease(&association_);
    return Next::kEnd;
  }
  if (end == ReadEnd::kBroken) return abort("the peer went away or sent no command");
  try {
    const DimseCommand command = parse_dimse_command(bytes, peer_);
    if (command.field == DimseCommand::kStoreRequest && command.has_data_set())
      return answer_store(command, context_id);
    if (command.field == DimseCommand::kCancelRequest) return Next::kGoOn;
    if (command.field != DimseCommand::kEchoRequest || command.has_data_set())
      return abort("command " + std::to_string(command.field));
    answer_echo(command, context_id);
    return Next::kGoOn;
  } catch (const DataError& error) {
    return abort(error.what());
  }
}

void Association::answer_echo(const DimseCommand& command, unsigned char context_id) {
  T_DIMSE_C_EchoRQ request{};
  request.MessageID = command.message_id;
  OFStandard::strlcpy(request.AffectedSOPClassUID, UID_VerificationSOPClass, sizeof(request.AffectedSOPClassUID));
  DIMSE_sendEchoResponse(&association_, context_id, &request, STATUS_Success, nullptr);
}

void Association::receive(ReceivedObject& object, const DimseCommand& command, unsigned char context_id) {
  T_ASC_PresentationContext context{};
  ASC_findAcceptedPresentationContext(association_.params, context_id, &context);
  object.sop_class_uid = command.sop_class_uid;
  object.sop_instance_uid = command.sop_instance_uid;
  object.peer = peer_;
  object.address = address_;
  if (!is_uid(command.sop_class_uid) || !is_uid(command.sop_instance_uid))
    object.refuse(ObjectTaker::kCannotUnderstand, "no UID of class and instance");
  else if (command.sop_class_uid != context.abstractSyntax)
    object.refuse(ObjectTaker::kMismatch, "another class than was agreed on");
  else if (const std::string why = context_.taker.no_room(); !why.empty())
    object.refuse(ObjectTaker::kOutOfResources, why);

  ObjectFile file(context_.taker, object, static_cast<std::uint64_t>(context_.limits.object_mib) << 20);
  file.begin(part10_header({command.sop_class_uid, command.sop_instance_uid, context.acceptedTransferSyntax, peer_}));
  const auto see = [&](std::string_view piece) {
    const bool go_on = file.add(piece);
    const double slowest = static_cast<double>(context_.limits.slowest_kib_per_second) * 1024;
    context_.connection.set_deadline(file.begun() + std::chrono::milliseconds(static_cast<std::int64_t>(
                                                        1000 * (static_cast<double>(context_.limits.idle_seconds) +
                                                                static_cast<double>(file.seen()) / slowest))));
    return go_on;
  };
  PdvReader reader(association_, static_cast<int>(context_.limits.idle_seconds));
  object.complete = reader.read_data(context_id, see) == ReadEnd::kComplete;
  file.end();
}

Association::Next Association::answer_store(const DimseCommand& command, unsigned char context_id) {
  ReceivedObject object;
  allow_seconds(static_cast<double>(context_.limits.idle_seconds));
  receive(object, command, context_id);
  if (!object.complete) {
    context_.taker.dropped(object);
    return abort(context_.connection.was_cut() ? "an object came too slowly"
                                               : "an object was broken off or is too large");
  }
  constexpr double kSecondsToCheck = 600;  // a large object on a slow disk
  allow_seconds(kSecondsToCheck);
  const std::uint16_t status = context_.taker.take(object);
  allow_seconds(static_cast<double>(context_.limits.request_seconds));
  return send_store_status(command, context_id, status) ? Next::kGoOn : abort("the answer could not be sent");
}

bool Association::send_store_status(const DimseCommand& command, unsigned char context_id, std::uint16_t status) {
  T_DIMSE_C_StoreRQ request{};
  T_DIMSE_C_StoreRSP response{};
  request.MessageID = command.message_id;
  OFStandard::strlcpy(request.AffectedSOPClassUID, command.sop_class_uid.c_str(), sizeof(request.AffectedSOPClassUID));
  OFStandard::strlcpy(request.AffectedSOPInstanceUID, command.sop_instance_uid.c_str(),
                      sizeof(request.AffectedSOPInstanceUID));
  response.DimseStatus = status;
  response.DataSetType = DIMSE_DATASET_NULL;
  return DIMSE_sendStoreResponse(&association_, context_id, &request, &response, nullptr).good();
}

}  // namespace lanet
