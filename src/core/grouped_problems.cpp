#include "core/grouped_problems.hpp"

#include <cctype>
#include <map>

#include "core/text.hpp"

namespace lanet {
namespace {

constexpr std::size_t kFewest = 3;  // lines of a cause that are put together
constexpr std::size_t kNamed = 3;   // places that stand in the line

struct Cause {
  std::string words;  // of its first line
  std::vector<std::string> lines, places;
};

/// Where the cause begins, after "PLACE: "; 0 for a line without place.
std::size_t cause_at(const std::string& line) {
  const std::size_t colon = line.find(": ");
  return colon == std::string::npos ? 0 : colon + 2;
}

/// Every number as one letter: sizes and positions are not what tells causes apart.
std::string without_numbers(const std::string& words) {
  std::string key;
  bool in_number = false;
  for (const char letter : words) {
    const bool digit = std::isdigit(static_cast<unsigned char>(letter)) != 0;
    if (!digit) key += letter;
    if (digit && !in_number) key += '#';
    in_number = digit;
  }
  return key;
}

std::string line_of(const Cause& cause) {
  std::vector<std::string> named(cause.places.begin(), cause.places.begin() + kNamed);
  const std::size_t more = cause.places.size() - kNamed;
  return cause.words + " (" + std::to_string(cause.places.size()) + " files: " + join_text(named, ", ") +
         (more > 0 ? " and " + std::to_string(more) + " more" : "") + ")";
}

}  // namespace

std::vector<std::string> grouped_problems(const std::vector<std::string>& problems) {
  std::vector<Cause> causes;
  std::map<std::string, std::size_t> known;
  for (const std::string& line : problems) {
    const std::size_t at = cause_at(line);
    const std::string words = line.substr(at);
    const std::string key = at == 0 ? line : without_numbers(words);
    const auto [entry, fresh] = known.emplace(key, causes.size());
    if (fresh) causes.push_back({words, {}, {}});
    Cause& cause = causes[entry->second];
    cause.lines.push_back(line);
    cause.places.push_back(line.substr(0, at < 2 ? 0 : at - 2));
  }
  std::vector<std::string> lines;
  for (const Cause& cause : causes) {
    if (cause.lines.size() >= kFewest && !cause.places.front().empty())
      lines.push_back(line_of(cause));
    else
      lines.insert(lines.end(), cause.lines.begin(), cause.lines.end());
  }
  return lines;
}

}  // namespace lanet
