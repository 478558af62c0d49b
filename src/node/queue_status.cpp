#include "node/queue_status.hpp"

#include <algorithm>
#include <chrono>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "node/queue_folder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFailures = 5;

/// A text of a JSON file; empty where it is not there any more, or is none.
std::string text_in(const fs::path& file, const char* name) {
  try {
    const auto object = parse_json(read_text_file(file), file.string());
    const auto found = object.is_object() ? object.find(name) : object.end();
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
  } catch (const Error&) {
    return "";
  }
}

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored))
    if (!entry.path().filename().string().starts_with(".")) paths.push_back(entry.path());
  return paths;
}

void see_age(QueueStatus& status, const fs::path& path) {
  std::error_code gone;
  const auto written = fs::last_write_time(path, gone);
  if (gone) return;
  const double seconds = std::chrono::duration<double>(fs::file_time_type::clock::now() - written).count();
  status.oldest_seconds = std::max(status.oldest_seconds.value_or(0), seconds);
}

void count_states(QueueStatus& status, const fs::path& job) {
  for (const fs::path& file : entries(job)) {
    const std::string ending = file.extension().string(), name = file.stem().string();
    if (ending == ".sent") ++status.destinations[name].sent;
    if (ending == ".parked") ++status.destinations[name].parked;
    if (ending != ".waiting") continue;
    QueueStatus::Destination& destination = status.destinations[name];
    ++destination.waiting;
    if (const std::string problem = text_in(file, "problem"); !problem.empty()) destination.problem = problem;
  }
}

}  // namespace

QueueStatus read_queue_status(const fs::path& root) {
  const QueueFolder folder{root};
  std::error_code ignored;
  if (!fs::is_directory(folder.incoming(), ignored))
    throw ConfigError({root.string(), "no queue", "the folder that queue.folder names", "start the node once"});
  QueueStatus status;
  for (const fs::path& state : {folder.incoming(), folder.working()})
    for (const fs::path& file : entries(state)) {
      ++status.to_look_at;
      see_age(status, file);
    }
  for (const fs::path& job : entries(folder.results())) {
    ++status.to_send;
    see_age(status, job / "record.json");
    count_states(status, job);
  }
  for (const fs::path& job : entries(folder.done())) ++status.done, count_states(status, job);
  for (const fs::path& job : entries(folder.parked())) ++status.parked, count_states(status, job);
  for (const fs::path& file : entries(folder.failed())) {
    if (file.extension() != ".json") continue;
    ++status.failed;
    if (status.failures.size() < kMostFailures) status.failures.push_back(text_in(file, "reason"));
  }
  for (const fs::path& state :
       {folder.incoming(), folder.working(), folder.results(), folder.parked(), folder.failed()})
    status.bytes += bytes_below(state);
  return status;
}

std::string QueueStatus::json() const {
  nlohmann::ordered_json places = nlohmann::ordered_json::object();
  for (const auto& [name, destination] : destinations)
    places[name] = {{"waiting", destination.waiting},
                    {"sent", destination.sent},
                    {"parked", destination.parked},
                    {"problem", destination.problem}};
  nlohmann::ordered_json status{{"to_look_at", to_look_at}, {"to_send", to_send}, {"done", done},
                                {"parked", parked},         {"failed", failed},   {"bytes", bytes},
                                {"oldest_seconds", nullptr}};
  if (oldest_seconds) status["oldest_seconds"] = *oldest_seconds;
  status["destinations"] = places;
  status["failures"] = failures;
  return status.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace lanet
