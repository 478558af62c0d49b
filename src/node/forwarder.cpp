#include "node/forwarder.hpp"

#include <algorithm>

#include <unistd.h>

#include "core/error.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "node/back_off.hpp"

namespace lanet {
namespace {

constexpr std::chrono::milliseconds kForwardLook{250};

}  // namespace

Forwarder::Forwarder(std::string name, std::unique_ptr<Destination> destination, DeliveryQueue& queue, AuditLog& audit,
                     const RetryOptions& retry, NodeLog log)
    : name_(std::move(name)),
      destination_(std::move(destination)),
      queue_(queue),
      audit_(audit),
      retry_(retry),
      log_(std::move(log)),
      thread_([this] { run(); }) {}

Forwarder::~Forwarder() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopping_.notify_all();
  thread_.join();
}

void Forwarder::run() {
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (stop_) return;
    }
    const auto delivery = queue_.next(name_, kForwardLook);
    if (!delivery) continue;
    try {
      deliver(*delivery);
    } catch (const std::exception& error) {  // the disk, or memory: the results stay where they are
      unreachable(*delivery, error.what());
    }
  }
}

void Forwarder::deliver(const Delivery& delivery) {
  const std::vector<SendOutcome> outcomes = destination_->send(delivery.files);
  std::string problem, trouble;
  for (std::size_t index = 0; index < outcomes.size(); ++index) {
    record(delivery, index, outcomes[index]);
    const std::string& detail = outcomes[index].detail;
    if (outcomes[index].kind == SendOutcome::Kind::kRefused)
      problem = delivery.record.objects[index].kind + ": " + detail;
    if (outcomes[index].kind == SendOutcome::Kind::kUnreachable) trouble = detail;
  }
  if (!trouble.empty()) return unreachable(delivery, trouble);
  if (failures_ > 0) log_("destination " + name_ + " is back");
  failures_ = 0;
  if (!problem.empty()) return refused(delivery, problem);
  queue_.mark_sent(delivery, name_);
}

void Forwarder::record(const Delivery& delivery, std::size_t index, const SendOutcome& outcome) {
  const char* words[] = {"accepted", "refused", "unreachable"};
  const DeliveredObject& object = delivery.record.objects[index];
  audit_.write("sent", {{"destination", name_},
                        {"outcome", words[static_cast<int>(outcome.kind)]},
                        {"detail", outcome.detail},
                        {"sop_class", object.sop_class_uid},
                        {"sop_instance", object.sop_instance_uid},
                        {"source", delivery.record.source},
                        {"study", delivery.record.study},
                        {"model", delivery.record.model}});
}

bool Forwarder::is_given_up(const Delivery& delivery) const {
  constexpr double kSecondsADay = 86400;
  return retry_.give_up_days > 0 &&
         static_cast<double>(unix_seconds() - delivery.record.made) > retry_.give_up_days * kSecondsADay;
}

void Forwarder::refused(const Delivery& delivery, const std::string& problem) {
  if (is_given_up(delivery)) {
    log_("destination " + name_ + ": results parked (" + problem + ")");
    return queue_.mark_parked(delivery, name_, problem);
  }
  const auto pause = pause_after(delivery.failures + 1);
  log_("destination " + name_ + " refuses an object (" + problem + "); again in " +
       human_seconds(std::chrono::duration<double>(pause).count()));
  queue_.mark_failed(delivery, name_, problem, pause);
}

void Forwarder::unreachable(const Delivery& delivery, const std::string& problem) {
  resting_ = true;
  if (is_given_up(delivery))
    queue_.mark_parked(delivery, name_, problem);
  else
    queue_.mark_failed(delivery, name_, problem, std::chrono::milliseconds(0));
  const auto pause = pause_after(++failures_);
  log_("destination " + name_ + " is out of reach (" + problem + "); again in " +
       human_seconds(std::chrono::duration<double>(pause).count()));
  rest(pause);
}

std::chrono::milliseconds Forwarder::pause_after(std::int64_t failures) {
  return back_off(failures, retry_, RandomStream(static_cast<std::uint64_t>(::getpid()), name_, ++draws_).uniform());
}

void Forwarder::rest(std::chrono::milliseconds pause) {
  std::unique_lock lock(mutex_);
  stopping_.wait_for(lock, pause, [this] { return stop_; });
  resting_ = stop_;
}

}  // namespace lanet
