#include "node/node.hpp"

#include <algorithm>
#include <cstdio>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include "core/error.hpp"
#include "core/text.hpp"
#include "dicom/own_result.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr double kGib = 1024.0 * 1024 * 1024;
constexpr std::chrono::milliseconds kLook{250};
constexpr std::chrono::seconds kPauseAfterTrouble{2};
constexpr std::chrono::hours kCleaning{1};

std::string class_name(const std::string& uid) { return dcmFindNameOfUID(uid.c_str(), "an unknown class"); }

std::string hexadecimal(std::uint16_t status) {
  char text[8];
  std::snprintf(text, sizeof text, "%04X", status);
  return text;
}

std::vector<std::string> names_of(const std::map<std::string, DestinationOptions>& destinations) {
  std::vector<std::string> names;
  for (const auto& [name, options] : destinations) names.push_back(name);
  return names;
}

}  // namespace

Node::Node(const NodeOptions& options, NodeWorker worker, NodeLog log, const OpenDestination& open_destination)
    : options_(options), worker_(std::move(worker)), log_(std::move(log)), folder_{options.queue.folder} {
  options_.validate();
  make_folder(folder_.root);
  lock_ = std::make_unique<RunLock>(folder_.root);
  audit_ = std::make_unique<AuditLog>(options_.audit_file.empty() ? folder_.root / "audit.jsonl"
                                                                  : fs::path(options_.audit_file));
  sources_ = std::make_unique<SourceQueue>(folder_, options_.queue);
  deliveries_ = std::make_unique<DeliveryQueue>(folder_, names_of(options_.destinations));
  for (const std::string& problem : deliveries_->problems()) log_(problem);
  for (const auto& [name, settings] : options_.destinations) {
    auto destination = open_destination ? open_destination(name, settings)
                                        : make_destination(name, settings, options_.listen.ae_title);
    forwarders_.push_back(
        std::make_unique<Forwarder>(name, std::move(destination), *deliveries_, *audit_, options_.retry, log_));
  }
  scp_ = std::make_unique<StoreScp>(options_.listen, options_.limits, *this);
  thread_ = std::thread([this] { work(); });
  audit_->write("started", {{"model", worker_.model}});
  const QueueUsage waiting = sources_->usage(), results = deliveries_->usage();
  log_("listening on " + options_.listen.bind + ":" + std::to_string(scp_->port()) + " as " + options_.listen.ae_title +
       (options_.listen.tls.enabled ? " (TLS)" : "") + "; taken up: " + std::to_string(waiting.objects) +
       " objects to look at, results of " + std::to_string(results.objects) + " to send");
}

Node::~Node() {
  scp_.reset();
  stop_ = true;
  if (thread_.joinable()) thread_.join();
  forwarders_.clear();
}

void Node::run(const std::function<bool()>& stop_wanted) {
  auto clean_at = std::chrono::steady_clock::now();
  while (!stop_wanted()) {
    if (std::chrono::steady_clock::now() >= clean_at) {
      const std::int64_t removed = deliveries_->remove_done(options_.queue.done_days);
      if (removed > 0) log_("removed " + std::to_string(removed) + " delivered results past queue.done_days");
      clean_at += kCleaning;
    }
    std::this_thread::sleep_for(kLook);
  }
  log_("stopping: nothing more is taken in");
  scp_.reset();
  finish_within(std::chrono::seconds(options_.limits.stop_seconds));
  stop_ = true;
  thread_.join();
  forwarders_.clear();
  audit_->write("stopped", {});
  const QueueUsage waiting = sources_->usage(), results = deliveries_->usage();
  log_("stopped; kept for the next start: " + std::to_string(waiting.objects) + " objects to look at, results of " +
       std::to_string(results.objects) + " to send");
}

bool Node::is_idle() const {
  if (sources_->usage().objects > 0) return false;
  for (const auto& forwarder : forwarders_)
    if (!forwarder->idle()) return false;
  return true;
}

void Node::finish_within(std::chrono::seconds time) {
  constexpr std::chrono::milliseconds kStep{20};
  const auto end = std::chrono::steady_clock::now() + time;
  while (!is_idle() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(kStep);
}

std::string Node::no_room() {
  const QueueUsage waiting = sources_->usage(), results = deliveries_->usage();
  if (waiting.objects + results.objects >= options_.queue.most_objects) return "queue.most_objects is reached";
  if (static_cast<double>(waiting.bytes + results.bytes) >= options_.queue.most_gib * kGib)
    return "queue.most_gib is reached";
  if (static_cast<double>(free_bytes(folder_.root)) < options_.queue.keep_free_gib * kGib)
    return "the disk has less than queue.keep_free_gib left";
  return "";
}

fs::path Node::new_file() { return sources_->new_file(); }

void Node::record(const ReceivedObject& object, const std::string& outcome, const Verdict& verdict) {
  audit_->write("received", {{"peer", object.peer},
                             {"address", object.address},
                             {"outcome", outcome},
                             {"detail", verdict.detail},
                             {"sop_class", object.sop_class_uid},
                             {"sop_instance", object.sop_instance_uid},
                             {"study", verdict.study}});
}

std::uint16_t Node::take(const ReceivedObject& object) {
  Verdict verdict{object.status, object.problem, ""};
  try {
    if (verdict.status == kSuccess) verdict = keep(object);
    record(object, verdict.status == kSuccess ? "stored" : "refused " + hexadecimal(verdict.status), verdict);
  } catch (const std::exception& error) {  // the disk; also where no audit line can be written: it is sent again
    verdict = {kOutOfResources, error.what(), ""};
  }
  if (verdict.status != kSuccess) {
    std::error_code ignored;
    if (!object.file.empty()) fs::remove(object.file, ignored);
    log_("refused an object from " + object.peer + " (" + class_name(object.sop_class_uid) + ") with " +
         hexadecimal(verdict.status) + ": " + verdict.detail);
  }
  return verdict.status;
}

Node::Verdict Node::keep(const ReceivedObject& object) {
  // What is sent again may come in another transfer syntax.
  const auto same_syntax = [this](const fs::path& one, const fs::path& other) {
    return open_object(one).info().transfer_syntax == open_object(other).info().transfer_syntax;
  };
  if (sources_->holds_another(object.sop_instance_uid, object.file, same_syntax))
    return {kOutOfResources, "another object of this UID is being looked at; send it again when that one is done", ""};
  if (sources_->holds(object.sop_instance_uid) || deliveries_->holds(object.sop_instance_uid, worker_.model)) {
    // Whoever did not get the answer sends it again; what lies here is not touched.
    fs::remove(object.file);
    return {kSuccess, "was there already", ""};
  }
  std::string study;
  try {
    const std::lock_guard lock(checking_);
    const DicomFile file = open_object(object.file);
    study = file.info().study_uid;
    if (file.info().sop_instance_uid != object.sop_instance_uid || file.info().sop_class_uid != object.sop_class_uid)
      return {kMismatch, "its UIDs are not those of the command", study};
  } catch (const DataError& error) {
    return {kCannotUnderstand, error.what(), ""};
  }
  const bool is_new = sources_->take(object.sop_instance_uid, object.file);
  return {kSuccess, is_new ? "" : "was there already", study};
}

DicomFile Node::open_object(const fs::path& file) const {
  InputLimits limits = input_limits();
  limits.dicom_bytes = std::max(limits.dicom_bytes, options_.limits.object_mib << 20);
  return DicomFile::open(file, limits);
}

void Node::dropped(const ReceivedObject& object) { record(object, "broken off", {kSuccess, object.problem, ""}); }

void Node::refused(const std::string& peer, const std::string& address, const std::string& reason) {
  log_((peer.empty() ? "somebody" : peer) + (address.empty() ? "" : " at " + address) + ": " + reason);
  try {
    audit_->write("refused", {{"peer", peer}, {"address", address}, {"outcome", reason}});
  } catch (const SystemError& error) {
    log_(error.what());
  }
}

void Node::work() {
  while (!stop_) {
    try {
      if (const auto source = sources_->next(kLook)) work_on(*source);
    } catch (const std::exception& error) {  // the disk: everything stays as it is, and is tried again
      log_(std::string("the queue: ") + error.what());
      std::this_thread::sleep_for(kPauseAfterTrouble);
    }
  }
}

void Node::work_on(const Source& source) {
  // The process died between writing the results and removing the source.
  if (deliveries_->holds(source.uid, worker_.model)) return sources_->finish(source);
  DeliveryRecord record;
  std::vector<ResultObject> objects;
  if (!look_at(source, record, objects)) return;
  try {
    deliveries_->add(record, objects);
  } catch (...) {
    sources_->put_back(source);
    throw;
  }
  sources_->finish(source);
  audit_->write("found", {{"outcome", record.found},
                          {"source", source.uid},
                          {"study", record.study},
                          {"model", record.model},
                          {"results", std::to_string(objects.size())}});
}

bool Node::look_at(const Source& source, DeliveryRecord& record, std::vector<ResultObject>& objects) {
  try {
    const DicomFile file = open_object(source.file);
    // Results that an archive routes back are not looked at again: that would go round for ever.
    Looked looked = is_own_result(file) ? Looked{{}, "a result of lanet: not looked at"} : worker_.look(file);
    record = {source.uid, file.info().study_uid, worker_.model, looked.found, unix_seconds(), {}};
    objects = std::move(looked.objects);
    for (const ResultObject& object : objects)
      record.objects.push_back({object.kind, object.sop_class_uid, object.sop_instance_uid});
    return true;
  } catch (const DataError& error) {
    give_up(source, error.what());
  } catch (const std::exception& error) {
    log_(std::string("could not look at an object: ") + error.what());
    if (sources_->count_attempt(source) >= options_.queue.attempts)
      give_up(source, error.what());
    else
      sources_->put_back(source);
  }
  return false;
}

void Node::give_up(const Source& source, const std::string& reason) {
  sources_->fail(source, reason);
  log_("an object went to failed/: " + reason);
  audit_->write("failed", {{"source", source.uid}, {"outcome", reason}, {"model", worker_.model}});
}

}  // namespace lanet
