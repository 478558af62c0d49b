#include "node/audit_log.hpp"

#include <algorithm>
#include <fstream>

#include <nlohmann/json.hpp>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "node/queue_folder.hpp"

namespace lanet {
namespace {

bool ends_in_the_middle_of_a_line(const std::filesystem::path& file) {
  const std::string last = last_byte(file);
  return !last.empty() && last != "\n";
}

/// Lines are added only to what is such a log.
void require_log(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return;
  std::string start;
  if (std::filesystem::is_regular_file(file, ignored)) {
    std::ifstream stream(file, std::ios::binary);
    start.resize(200);
    stream.read(start.data(), static_cast<std::streamsize>(start.size()));
    start.resize(static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
    if (start.empty()) return;
  }
  // The first line may have been cut off by a crash.
  if (!start.starts_with("{\"time\":") && !start.starts_with("{\"event\":"))
    throw ConfigError({"audit_file", file.string() + ", which is no audit log of lanet", "such a log, or no file",
                       "name another file"});
}

}  // namespace

AuditLog::AuditLog(std::filesystem::path file) : file_(std::move(file)) {
  require_log(file_);
  if (file_.has_parent_path()) make_folder(file_.parent_path());
  append_to_file(file_, ends_in_the_middle_of_a_line(file_) ? "\n" : "");
}

void AuditLog::write(const char* event, Fields fields) {
  nlohmann::ordered_json line{{"time", utc_now()}, {"event", event}};
  for (const auto& [name, value] : fields)
    if (!value.empty()) line[name] = value;
  // AE titles come from outside and need not be UTF-8.
  const std::string text = line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  const std::lock_guard lock(mutex_);
  append_to_file(file_, text);
}

}  // namespace lanet
