#include "core/grouped_problems.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string_view>

#include "core/text.hpp"

namespace lanet {
namespace {

constexpr std::size_t kFewest = 3;      // lines of a cause that are put together
constexpr std::size_t kFewNumbers = 3;  // as many different lines are shown apart; the numbers of more become "3 to 17"
constexpr std::size_t kNamed = 3;       // places that stand in the line

/// A piece of a line: a number that stands alone, or what is between two.
struct Piece {
  std::string text;
  bool number = false;
};

/// One line, after its place.
struct Entry {
  std::string line, place;
  std::vector<Piece> words;
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

/// Of the words' numbers the least (sign 1) or the largest (sign -1) over all entries.
std::string number_at(std::size_t piece, const std::vector<Entry>& entries, double sign) {
  const auto value = [&](const Entry& entry) { return sign * std::strtod(entry.words[piece].text.c_str(), nullptr); };
  return std::min_element(entries.begin(), entries.end(),
                          [&](const Entry& one, const Entry& other) { return value(one) < value(other); })
      ->words[piece]
      .text;
}

/// "cut after 3 to 17 bytes (4 files: a, b, c and 1 more)".
std::string line_of(const std::vector<Entry>& entries) {
  std::string line;
  for (std::size_t piece = 0; piece < entries.front().words.size(); ++piece) {
    if (!entries.front().words[piece].number) {
      line += entries.front().words[piece].text;
      continue;
    }
    const std::string least = number_at(piece, entries, 1), largest = number_at(piece, entries, -1);
    line += least == largest ? least : least + " to " + largest;
  }
  std::vector<std::string> places;
  for (const Entry& entry : entries)
    if (std::find(places.begin(), places.end(), entry.place) == places.end()) places.push_back(entry.place);
  if (places.size() == 1) return line + " (" + std::to_string(entries.size()) + " times in " + places[0] + ")";
  const std::size_t count = places.size(), shown = std::min(kNamed, count);
  places.resize(shown);
  return line + " (" + std::to_string(count) + " files: " + join_text(places, ", ") +
         (count > shown ? " and " + std::to_string(count - shown) + " more" : "") + ")";
}

/// The entries by what key(entry) says, in the order in which they come.
template <class Key>
std::vector<std::vector<Entry>> grouped(const std::vector<Entry>& entries, const Key& key) {
  std::vector<std::vector<Entry>> groups;
  std::map<std::string, std::size_t> known;
  for (const Entry& entry : entries) {
    const auto [found, fresh] = known.emplace(key(entry), groups.size());
    if (fresh) groups.emplace_back();
    groups[found->second].push_back(entry);
  }
  return groups;
}

void put_lines(const std::vector<Entry>& entries, std::vector<std::string>& lines) {
  if (entries.size() >= kFewest && !entries.front().place.empty())
    lines.push_back(line_of(entries));
  else
    for (const Entry& entry : entries) lines.push_back(entry.line);
}

}  // namespace

std::vector<std::string> grouped_problems(const std::vector<std::string>& problems) {
  std::vector<Entry> entries;
  for (const std::string& line : problems) {
    const std::size_t at = cause_at(line);
    entries.push_back({line, line.substr(0, at < 2 ? 0 : at - 2), pieces_of(line.substr(at))});
  }
  std::vector<std::string> lines;
  for (const auto& cause :
       grouped(entries, [](const Entry& each) { return each.place.empty() ? each.line : key_of(each.words); })) {
    const auto equal = grouped(cause, [](const Entry& each) { return each.line.substr(cause_at(each.line)); });
    if (equal.size() > kFewNumbers)
      put_lines(cause, lines);
    else
      for (const auto& entries_of : equal) put_lines(entries_of, lines);
  }
  return lines;
}

}  // namespace lanet
