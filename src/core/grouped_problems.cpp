#include "core/grouped_problems.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string_view>

#include "core/text.hpp"

namespace lanet {
namespace {

constexpr std::size_t kFewest = 3;  // lines of a cause that are put together
constexpr std::size_t kNamed = 3;   // places that stand in the line

/// A piece of a line: a number that stands alone, or what is between two.
struct Piece {
  std::string text;
  bool number = false;
};

struct Cause {
  std::vector<Piece> words;  // of its first line
  std::vector<Piece> least;  // its numbers, over all lines
  std::vector<Piece> largest;
  std::vector<std::string> lines, places;  // places: each once
};

/// Where the cause begins, after "PLACE: "; 0 for a line without place.
std::size_t cause_at(const std::string& line) {
  const std::size_t colon = line.find(": ");
  return colon == std::string::npos ? 0 : colon + 2;
}

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

/// Sizes and positions are not what tells causes apart; a number within a name (0009-l.png) is.
std::vector<Piece> pieces_of(const std::string& words) {
  constexpr std::string_view kBefore = " ('\"=", kBehind = " )'\",;:";
  std::vector<Piece> pieces{{"", false}};
  for (std::size_t at = 0; at < words.size();) {
    std::size_t end = at;
    while (end < words.size() && (is_digit(words[end]) || (words[end] == '.' && end > at))) ++end;
    const bool begins = at == 0 || kBefore.find(words[at - 1]) != std::string_view::npos;
    const bool ends = end == words.size() || kBehind.find(words[end]) != std::string_view::npos;
    if (end > at && begins && ends) {
      pieces.push_back({words.substr(at, end - at), true});
      pieces.push_back({"", false});
    } else {
      end = std::max(end, at + 1);
      pieces.back().text += words.substr(at, end - at);
    }
    at = end;
  }
  return pieces;
}

std::string key_of(const std::vector<Piece>& pieces) {
  std::string key;
  for (const Piece& piece : pieces) key += piece.number ? "#" : piece.text;
  return key;
}

void add_line(Cause& cause, const std::string& line, const std::string& place, const std::vector<Piece>& words) {
  cause.lines.push_back(line);
  if (std::find(cause.places.begin(), cause.places.end(), place) == cause.places.end()) cause.places.push_back(place);
  for (std::size_t index = 0; index < words.size(); ++index) {
    if (!words[index].number) continue;
    const double number = std::strtod(words[index].text.c_str(), nullptr);
    if (number < std::strtod(cause.least[index].text.c_str(), nullptr)) cause.least[index] = words[index];
    if (number > std::strtod(cause.largest[index].text.c_str(), nullptr)) cause.largest[index] = words[index];
  }
}

/// "cut after 3 to 17 bytes (4 files: a, b, c and 1 more)".
std::string line_of(const Cause& cause) {
  std::string line;
  for (std::size_t index = 0; index < cause.words.size(); ++index) {
    const std::string &least = cause.least[index].text, &largest = cause.largest[index].text;
    line += least == largest ? least : least + " to " + largest;
  }
  if (cause.places.size() == 1)
    return line + " (" + std::to_string(cause.lines.size()) + " times in " + cause.places[0] + ")";
  const std::size_t shown = std::min(kNamed, cause.places.size()), more = cause.places.size() - shown;
  const std::vector<std::string> named(cause.places.begin(), cause.places.begin() + static_cast<std::ptrdiff_t>(shown));
  return line + " (" + std::to_string(cause.places.size()) + " files: " + join_text(named, ", ") +
         (more > 0 ? " and " + std::to_string(more) + " more" : "") + ")";
}

}  // namespace

std::vector<std::string> grouped_problems(const std::vector<std::string>& problems) {
  std::vector<Cause> causes;
  std::map<std::string, std::size_t> known;
  for (const std::string& line : problems) {
    const std::size_t at = cause_at(line);
    const std::vector<Piece> words = pieces_of(line.substr(at));
    const auto [entry, fresh] = known.emplace(at == 0 ? line : key_of(words), causes.size());
    if (fresh) causes.push_back({words, words, words, {}, {}});
    add_line(causes[entry->second], line, line.substr(0, at < 2 ? 0 : at - 2), words);
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
