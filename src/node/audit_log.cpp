#include "node/audit_log.hpp"

#include <nlohmann/json.hpp>

#include "core/clock.hpp"
#include "node/queue_folder.hpp"

namespace lanet {
namespace {

bool ends_in_the_middle_of_a_line(const std::filesystem::path& file) {
  const std::string last = last_byte(file);
  return !last.empty() && last != "\n";
}

}  // namespace

AuditLog::AuditLog(std::filesystem::path file) : file_(std::move(file)) {
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
