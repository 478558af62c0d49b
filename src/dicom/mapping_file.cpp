#include "dicom/mapping_file.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/file.hpp"

namespace lanet {
namespace {

const std::vector<std::string> kColumns{"kind", "old", "new"};
constexpr const char* kFile = "file";

}  // namespace

MappingFile::MappingFile(const std::filesystem::path& file) : file_(file) {
  if (file_.empty()) return;
  if (!std::filesystem::exists(file_)) {
    write_private_file(file_, csv_line(kColumns));
    return;
  }
  const auto refuse = [this](const std::string& got) {
    throw DataError({file_.string(), got, "a mapping that lanet wrote (kind,old,new), which grows, or no file",
                     "name another file by --mapping"});
  };
  if (!std::filesystem::is_regular_file(file_)) refuse("something that is no file");
  const std::string text = read_file(file_);
  if (!text.starts_with(csv_line(kColumns))) refuse("a file of another kind");
  const std::size_t whole = text.rfind('\n') + 1;  // a killed run may have left half a line
  const CsvTable table = parse_csv(text.substr(0, whole), file_.string());
  for (const std::vector<std::string>& row : table.rows) {
    lines_.insert(csv_line(row));
    if (row[0] == kFile) note_file(row[1], row[2]);
  }
  if (whole < text.size()) write_private_file(file_, text.substr(0, whole));
}

void MappingFile::add(const std::vector<Replacement>& made) {
  std::vector<std::vector<std::string>> rows;
  for (const Replacement& replacement : made) {
    std::string old = replacement.old;  // a patient: ID and issuer; name and date of birth where there is none
    for (char& letter : old)
      if (letter == '\n') letter = '|';
    rows.push_back({replacement.kind, old, replacement.made});
  }
  append(rows);
}

void MappingFile::add_file(const std::filesystem::path& source, const std::string& result) {
  note_file(source.string(), result);
  append({{kFile, source.string(), result}});
}

std::string MappingFile::result_of(const std::filesystem::path& source) const {
  const auto found = result_of_.find(source.string());
  return found == result_of_.end() ? "" : found->second;
}

void MappingFile::note_file(const std::string& source, const std::string& result) {
  result_of_[source] = result;
  results_.insert(result);
}

void MappingFile::append(const std::vector<std::vector<std::string>>& rows) {
  if (file_.empty()) return;
  std::string text;
  for (const std::vector<std::string>& row : rows)
    if (const std::string line = csv_line(row); lines_.insert(line).second) text += line;
  if (text.empty()) return;
  const int descriptor = ::open(file_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  const bool whole =
      descriptor >= 0 && ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int code = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (!whole)
    throw SystemError({file_.string(), std::string("cannot be written (") + std::strerror(code) + ")", "",
                       remedy_for_system_error(code)});
}

}  // namespace lanet
