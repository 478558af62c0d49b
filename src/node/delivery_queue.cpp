#include "node/delivery_queue.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "node/address.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRecord = "record.json";
constexpr const char* kWaiting = ".waiting";
constexpr const char* kSent = ".sent";
constexpr const char* kParked = ".parked";

fs::path state_file(const fs::path& folder, const std::string& destination, const char* ending) {
  return folder / (destination + ending);
}

std::optional<DeliveryRecord> read_record(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::is_regular_file(folder / kRecord, ignored)) return std::nullopt;
  return DeliveryRecord::parse(read_text_file(folder / kRecord), (folder / kRecord).string());
}

/// Results of an earlier model go; what is none is kept under another name.
void make_room(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::exists(folder, ignored)) return;
  if (fs::is_regular_file(folder / kRecord, ignored) || fs::is_empty(folder, ignored)) {
    fs::remove_all(folder);
    return;
  }
  fs::path kept = folder.string() + "~before";
  for (int number = 2; fs::exists(kept, ignored); ++number) kept = folder.string() + "~before" + std::to_string(number);
  fs::rename(folder, kept);
}

}  // namespace

DeliveryQueue::DeliveryQueue(QueueFolder folder, std::vector<std::string> destinations, CrashPoint crash_point)
    : folder_(std::move(folder)), destinations_(std::move(destinations)), crash_point_(std::move(crash_point)) {
  folder_.create();
  recover();
}

void DeliveryQueue::recover() {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(folder_.results())) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(".") && is_uid(name.substr(1)))
      fs::remove_all(entry.path());  // was being written: its source is still there
    else if (entry.is_directory())
      folders.push_back(entry.path());
  }
  for (const fs::path& folder : folders) {
    try {
      recover_job(folder);
    } catch (const Error& error) {
      problems_.push_back(error.what());
    }
  }
  std::vector<std::string> uids;
  for (const auto& [uid, job] : jobs_) uids.push_back(uid);
  for (const std::string& uid : uids) finish(uid);
  for (auto& [destination, list] : waiting_)
    list.sort([this](const std::string& first, const std::string& second) {
      return jobs_.at(first).record.made < jobs_.at(second).record.made;
    });
  for (const auto& [destination, list] : waiting_)
    if (std::find(destinations_.begin(), destinations_.end(), destination) == destinations_.end())
      problems_.push_back(std::to_string(list.size()) + " results wait for '" + destination +
                          "', which the settings no longer name");
}

void DeliveryQueue::recover_job(const fs::path& folder) {
  Job job;
  const auto record = read_record(folder);
  if (!record || record->source != folder.filename())
    throw DataError({folder.string(), "no record of this object", "record.json", "move the folder away"});
  job.record = *record;
  job.bytes = bytes_below(folder);
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string ending = entry.path().extension().string(), name = entry.path().stem().string();
    if (ending == kParked)  // moved back by hand: another try
      fs::rename(entry.path(), state_file(folder, name, kWaiting));
    if (ending == kSent) job.targets[name].state = State::kSent;
    if (ending == kWaiting || ending == kParked) job.targets[name].state = State::kWaiting;
  }
  enter(record->source, std::move(job));
}

void DeliveryQueue::enter(const std::string& uid, Job job) {
  bytes_ += job.bytes;
  for (const auto& [destination, target] : job.targets)
    if (target.state == State::kWaiting) waiting_[destination].push_back(uid);
  jobs_[uid] = std::move(job);
}

void DeliveryQueue::add(const DeliveryRecord& record, std::span<const ResultObject> objects) {
  const fs::path part = folder_.results() / ("." + record.source), folder = folder_.results() / record.source;
  fs::remove_all(part);
  make_folder(part);
  for (const ResultObject& object : objects) write_synced(part / (object.kind + ".dcm"), object.bytes);
  write_synced(part / kRecord, record.json());
  Job job{record, 0, {}};
  for (const std::string& destination : objects.empty() ? std::vector<std::string>() : destinations_) {
    write_synced(state_file(part, destination, kWaiting), "{}\n");
    job.targets[destination] = {};
  }
  job.bytes = bytes_below(part);
  step("results in a part");
  sync_folder(part);
  const std::lock_guard lock(mutex_);
  move_synced(part, folder);
  step("results renamed");
  enter(record.source, std::move(job));
  finish(record.source);
  changed_.notify_all();
}

bool DeliveryQueue::holds(const std::string& source, const std::string& model) const {
  {
    const std::lock_guard lock(mutex_);
    if (const auto job = jobs_.find(source); job != jobs_.end()) return job->second.record.model == model;
  }
  try {
    const auto record = read_record(folder_.done() / source);
    return record && record->model == model;
  } catch (const Error&) {
    return false;  // made anew
  }
}

std::optional<Delivery> DeliveryQueue::next(const std::string& destination, std::chrono::milliseconds wait) {
  const Clock::time_point until = Clock::now() + wait;
  std::unique_lock lock(mutex_);
  while (true) {
    Clock::time_point wake = until;
    for (const std::string& uid : waiting_[destination]) {
      Target& target = jobs_.at(uid).targets.at(destination);
      if (target.state != State::kWaiting) continue;
      if (target.due > Clock::now()) {
        wake = std::min(wake, target.due);
        continue;
      }
      target.state = State::kInFlight;
      Delivery delivery{jobs_.at(uid).record, {}, target.failures};
      for (const DeliveredObject& object : delivery.record.objects)
        delivery.files.push_back(folder_.results() / uid / (object.kind + ".dcm"));
      return delivery;
    }
    if (Clock::now() >= until) return std::nullopt;
    changed_.wait_until(lock, wake);
  }
}

bool DeliveryQueue::has_due(const std::string& destination) const {
  const std::lock_guard lock(mutex_);
  const auto list = waiting_.find(destination);
  return list != waiting_.end() && std::any_of(list->second.begin(), list->second.end(), [&](const std::string& uid) {
           const Target& target = jobs_.at(uid).targets.at(destination);
           return target.state == State::kInFlight || target.due <= Clock::now();
         });
}

void DeliveryQueue::mark_sent(const Delivery& delivery, const std::string& destination) {
  step("sent");
  settle(delivery.record.source, destination, State::kSent);
}

void DeliveryQueue::mark_parked(const Delivery& delivery, const std::string& destination, const std::string& problem) {
  write_state(delivery.record.source, destination, delivery.failures + 1, problem);
  settle(delivery.record.source, destination, State::kParked);
}

void DeliveryQueue::settle(const std::string& uid, const std::string& destination, State state) {
  const std::lock_guard lock(mutex_);
  const fs::path folder = folder_.results() / uid;
  const char* ending = state == State::kSent ? kSent : kParked;
  // Lost in a crash, it is sent once more: the same object under the same UID.
  fs::rename(state_file(folder, destination, kWaiting), state_file(folder, destination, ending));
  step("state renamed");
  jobs_.at(uid).targets.at(destination).state = state;
  waiting_[destination].remove(uid);
  finish(uid);
}

void DeliveryQueue::finish(const std::string& uid) {
  const Job& job = jobs_.at(uid);
  bool parked = false;
  for (const auto& [destination, target] : job.targets) {
    if (target.state == State::kWaiting || target.state == State::kInFlight) return;
    parked = parked || target.state == State::kParked;
  }
  const fs::path end = (parked ? folder_.parked() : folder_.done()) / uid;
  make_room(end);
  fs::rename(folder_.results() / uid, end);
  step("results moved away");
  bytes_ -= job.bytes;
  jobs_.erase(uid);
}

void DeliveryQueue::write_state(const std::string& uid, const std::string& destination, std::int64_t failures,
                                const std::string& problem) {
  const nlohmann::ordered_json state{{"failures", failures}, {"last", utc_now()}, {"problem", problem}};
  write_file_atomically(state_file(folder_.results() / uid, destination, kWaiting),
                        state.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

void DeliveryQueue::mark_failed(const Delivery& delivery, const std::string& destination, const std::string& problem,
                                std::chrono::milliseconds pause) {
  write_state(delivery.record.source, destination, delivery.failures + 1, problem);
  const std::lock_guard lock(mutex_);
  Target& target = jobs_.at(delivery.record.source).targets.at(destination);
  target = {State::kWaiting, delivery.failures + 1, Clock::now() + pause};
}

std::int64_t DeliveryQueue::remove_done(double days) {
  constexpr double kSecondsADay = 86400;
  const auto oldest =
      fs::file_time_type::clock::now() - std::chrono::seconds(static_cast<std::int64_t>(days * kSecondsADay));
  std::int64_t removed = 0;
  for (const auto& entry : fs::directory_iterator(folder_.done())) {
    std::error_code ignored;
    if (entry.last_write_time(ignored) >= oldest || ignored) continue;
    if (!is_uid(entry.path().filename().string()) || !fs::is_regular_file(entry.path() / kRecord, ignored)) continue;
    fs::remove_all(entry.path(), ignored);
    ++removed;
  }
  return removed;
}

QueueUsage DeliveryQueue::usage() const {
  const std::lock_guard lock(mutex_);
  return {static_cast<std::int64_t>(jobs_.size()), bytes_};
}

}  // namespace lanet
