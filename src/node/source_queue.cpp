#include "node/source_queue.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "core/clock.hpp"
#include "core/file.hpp"
#include "node/address.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEnding = ".dcm";

/// UID.dcm, or UID~N.dcm of an object over which the process died N times.
std::string file_name(const std::string& uid, std::int64_t crashes) {
  return uid + (crashes > 0 ? "~" + std::to_string(crashes) : "") + kEnding;
}

struct NamedSource {
  std::string uid;
  std::int64_t crashes = 0;
};

std::optional<NamedSource> read_name(const fs::path& file) {
  if (file.extension() != kEnding) return std::nullopt;
  const std::string stem = file.stem().string();
  const std::size_t mark = stem.find('~');
  NamedSource named{stem.substr(0, mark), 0};
  const std::string count = mark == std::string::npos ? "0" : stem.substr(mark + 1);
  if (!is_uid(named.uid) || count.empty() || count.size() > 4 ||
      count.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  named.crashes = std::stoll(count);
  return named;
}

/// N.part, as new_file names them. Whatever else lies there is not the node's.
bool is_part(const fs::path& file) {
  const std::string number = file.stem().string();
  return file.extension() == ".part" && !number.empty() && number.find_first_not_of("0123456789") == std::string::npos;
}

std::vector<fs::path> oldest_first(const fs::path& folder) {
  std::vector<std::pair<fs::file_time_type, fs::path>> files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.is_regular_file()) files.emplace_back(entry.last_write_time(), entry.path());
  std::sort(files.begin(), files.end());
  std::vector<fs::path> paths;
  for (auto& [time, path] : files) paths.push_back(std::move(path));
  return paths;
}

}  // namespace

SourceQueue::SourceQueue(QueueFolder folder, const QueueOptions& options, CrashPoint crash_point)
    : folder_(std::move(folder)), options_(options), crash_point_(std::move(crash_point)) {
  folder_.create();
  recover();
}

void SourceQueue::recover() {
  for (const fs::path& part : oldest_first(folder_.receiving()))
    if (is_part(part)) fs::remove(part);
  recover_working();
  for (const fs::path& file : oldest_first(folder_.incoming())) {
    const auto named = read_name(file);
    if (!named || entries_.count(named->uid) > 0) continue;
    const std::int64_t bytes = bytes_below(file);
    entries_[named->uid] = {named->crashes, bytes, 0};
    bytes_ += bytes;
    waiting_.push_back(named->uid);
  }
}

void SourceQueue::recover_working() {
  for (const fs::path& file : oldest_first(folder_.working())) {
    const auto named = read_name(file);
    if (!named) continue;
    const std::int64_t crashes = named->crashes + 1;
    if (crashes >= options_.crashes)
      write_failure(named->uid, file,
                    "the node died " + std::to_string(crashes) + " times while it looked at this object");
    else
      move_synced(file, incoming_file(named->uid, crashes));
  }
}

fs::path SourceQueue::incoming_file(const std::string& uid, std::int64_t crashes) const {
  return folder_.incoming() / file_name(uid, crashes);
}

fs::path SourceQueue::new_file() {
  const std::lock_guard lock(mutex_);
  return folder_.receiving() / (std::to_string(++files_made_) + ".part");
}

bool SourceQueue::take(const std::string& uid, const fs::path& received) {
  step("received");
  {
    const std::lock_guard lock(mutex_);
    if (entries_.count(uid) > 0) {
      fs::remove(received);
      sync_folder(folder_.incoming());  // another thread may have renamed it only just now
      return false;
    }
    const std::int64_t bytes = bytes_below(received);
    fs::rename(received, incoming_file(uid, 0));
    entries_[uid] = {0, bytes, 0};
    bytes_ += bytes;
    waiting_.push_back(uid);
  }
  step("renamed to incoming");
  sync_folder(folder_.incoming());
  step("incoming synced");
  std::error_code ignored;
  fs::remove(folder_.failed() / (uid + kEnding), ignored);  // sent anew: tried anew
  fs::remove(folder_.failed() / (uid + ".json"), ignored);
  changed_.notify_one();
  return true;
}

bool SourceQueue::holds(const std::string& uid) const {
  const std::lock_guard lock(mutex_);
  return entries_.count(uid) > 0;
}

bool SourceQueue::holds_another(const std::string& uid, const fs::path& received,
                                const std::function<bool(const fs::path&, const fs::path&)>& comparable) const {
  const std::lock_guard lock(mutex_);  // as long as it is held, the object stays where it lies
  const auto entry = entries_.find(uid);
  if (entry == entries_.end()) return false;
  const fs::path waiting = incoming_file(uid, entry->second.crashes);
  std::error_code ignored;
  const fs::path lies =
      fs::exists(waiting, ignored) ? waiting : folder_.working() / file_name(uid, entry->second.crashes);
  if (!fs::exists(lies, ignored)) return false;  // taken away by hand
  const bool equal = entry->second.bytes == bytes_below(received) && read_file(lies) == read_file(received);
  return !equal && comparable(lies, received);
}

std::optional<Source> SourceQueue::next(std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, wait, [this] { return !waiting_.empty(); })) return std::nullopt;
  const std::string uid = waiting_.front();
  const std::int64_t crashes = entries_.at(uid).crashes;
  const Source source{uid, folder_.working() / file_name(uid, crashes)};
  if (!fs::exists(incoming_file(uid, crashes))) {  // taken away by hand
    waiting_.pop_front();
    lock.unlock();
    forget(uid);
    return std::nullopt;
  }
  fs::rename(incoming_file(uid, crashes), source.file);  // either name is found again: nothing to sync
  waiting_.pop_front();
  lock.unlock();
  step("moved to working");
  return source;
}

void SourceQueue::finish(const Source& source) {
  step("results written");
  fs::remove(source.file);
  step("source removed");
  forget(source.uid);
}

void SourceQueue::forget(const std::string& uid) {
  const std::lock_guard lock(mutex_);
  bytes_ -= entries_.at(uid).bytes;
  entries_.erase(uid);
}

void SourceQueue::put_back(const Source& source) {
  const std::lock_guard lock(mutex_);
  fs::rename(source.file, incoming_file(source.uid, entries_.at(source.uid).crashes));
  waiting_.push_back(source.uid);
}

std::int64_t SourceQueue::count_attempt(const Source& source) {
  const std::lock_guard lock(mutex_);
  return ++entries_.at(source.uid).attempts;
}

void SourceQueue::fail(const Source& source, const std::string& reason) {
  write_failure(source.uid, source.file, reason);
  forget(source.uid);
}

void SourceQueue::write_failure(const std::string& uid, const fs::path& file, const std::string& reason) {
  const nlohmann::ordered_json record{
      {"format", "lanet-failure"}, {"version", 1}, {"time", utc_now()}, {"source", uid}, {"reason", reason}};
  write_synced(folder_.failed() / (uid + ".json"),
               record.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
  step("failure written");
  move_synced(file, folder_.failed() / (uid + kEnding));
}

QueueUsage SourceQueue::usage() const {
  const std::lock_guard lock(mutex_);
  return {static_cast<std::int64_t>(entries_.size()), bytes_};
}

}  // namespace lanet
