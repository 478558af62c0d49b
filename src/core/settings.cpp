#include "core/settings.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include <toml++/toml.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/readable.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

constexpr std::size_t kCommentWidth = 98;

const char* type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a number";
    case toml::node_type::boolean:
      return "true or false";
    default:
      return "a date or time";
  }
}

std::string node_text(const toml::node& node) {
  std::ostringstream text;
  node.visit([&text](const auto& value) { text << value; });
  return text.str();
}

/// Shared by all visitors: where in the tree of tables the walk is.
class PathVisitor : public FieldVisitor {
 protected:
  void begin_table(std::string_view name, std::string_view) override { path_.emplace_back(name); }
  void end_table() override { path_.pop_back(); }

  std::string key(std::string_view name) const {
    std::vector<std::string> parts = path_;
    parts.emplace_back(name);
    return join_text(parts, ".");
  }

  std::vector<std::string> path_;
};

/// The table that a path of names leads to; null where there is none.
const toml::table* table_at(const toml::table& root, const std::vector<std::string>& path) {
  const toml::table* table = &root;
  for (const std::string& part : path) {
    table = table->get_as<toml::table>(part);
    if (!table) return nullptr;
  }
  return table;
}

class KeyCollector final : public PathVisitor {
 public:
  explicit KeyCollector(const toml::table& text) : text_(text) {}

  std::vector<std::string> keys;
  std::set<std::string> known_tables;

  void field(std::string_view name, bool&, std::string_view) override { keys.push_back(key(name)); }
  void field(std::string_view name, std::int64_t&, std::string_view) override { keys.push_back(key(name)); }
  void field(std::string_view name, double&, std::string_view) override { keys.push_back(key(name)); }
  void field(std::string_view name, std::string&, std::string_view) override { keys.push_back(key(name)); }
  void field(std::string_view name, std::vector<double>&, std::string_view) override { keys.push_back(key(name)); }
  void field(std::string_view name, std::vector<std::string>&, std::string_view) override { keys.push_back(key(name)); }

 protected:
  void begin_table(std::string_view name, std::string_view comment) override {
    known_tables.insert(key(name));
    PathVisitor::begin_table(name, comment);
  }
  std::vector<std::string> given_tables(std::string_view name) const override {
    std::vector<std::string> path = path_, names;
    path.emplace_back(name);
    if (const toml::table* table = table_at(text_, path))
      for (const auto& [entry, node] : *table)
        if (node.is_table()) names.emplace_back(entry.str());
    return names;
  }

 private:
  const toml::table& text_;
};

class Reader final : public PathVisitor {
 public:
  Reader(const toml::table& table, std::string place) : table_(table), place_(std::move(place)) {}

  void field(std::string_view name, bool& value, std::string_view) override { read(name, value, "true or false"); }
  void field(std::string_view name, std::int64_t& value, std::string_view) override {
    read(name, value, "a whole number");
  }
  void field(std::string_view name, std::string& value, std::string_view) override { read(name, value, "a text"); }
  void field(std::string_view name, double& value, std::string_view) override {
    const toml::node* node = find(name);
    if (!node) return;
    if (!node->is_number()) refuse(name, *node, "a number");
    value = *node->value<double>();
  }
  void field(std::string_view name, std::vector<double>& value, std::string_view) override {
    read_list(name, value, "a list of numbers");
  }
  void field(std::string_view name, std::vector<std::string>& value, std::string_view) override {
    read_list(name, value, "a list of texts");
  }

 private:
  const toml::node* find(std::string_view name) const {
    const toml::table* table = table_at(table_, path_);
    return table ? table->get(name) : nullptr;
  }

  [[noreturn]] void refuse(std::string_view name, const toml::node& node, const char* expected) const {
    throw ConfigError(
        {place_ + ": " + key(name), std::string(type_name(node)) + " (" + node_text(node) + ")", expected, ""});
  }

  template <class T>
  void read(std::string_view name, T& value, const char* expected) const {
    const toml::node* node = find(name);
    if (!node) return;
    const auto exact_value = node->value_exact<T>();
    if (!exact_value) refuse(name, *node, expected);
    value = *exact_value;
  }

  template <class T>
  void read_list(std::string_view name, std::vector<T>& value, const char* expected) const {
    const toml::node* node = find(name);
    if (!node) return;
    const toml::array* list = node->as_array();
    if (!list) refuse(name, *node, expected);
    std::vector<T> items;
    for (const toml::node& item : *list) {
      const auto converted = item.value<T>();
      if (!converted) refuse(name, *node, expected);
      items.push_back(*converted);
    }
    value = std::move(items);
  }

  const toml::table& table_;
  std::string place_;
};

/// What an unknown key may have meant: the same name in a table (or in another one), else the nearest key; "" where
/// nothing is near.
std::string perhaps_meant(const std::string& key, const std::vector<std::string>& known) {
  const auto last_part = [](const std::string& path) { return path.substr(path.rfind('.') + 1); };
  std::vector<std::string> same;
  for (const std::string& candidate : known)
    if (last_part(candidate) == last_part(key)) same.push_back("'" + candidate + "'");
  const std::string near = nearest_name(key, known);
  if (same.empty() && !near.empty()) same.push_back("'" + near + "'");
  return same.empty() ? "" : "did you mean " + join_text(same, " or ") + "?";
}

void check_keys(const toml::table& table, const std::string& prefix, const KeyCollector& known,
                const std::string& place) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string(name.str());
    const bool is_known_table = known.known_tables.count(key) > 0;
    if (is_known_table && node.is_table()) {
      check_keys(*node.as_table(), key + ".", known, place);
      continue;
    }
    if (is_known_table) throw ConfigError({place + ": " + key, type_name(node), "a table", ""});
    if (std::find(known.keys.begin(), known.keys.end(), key) != known.keys.end()) continue;
    const auto line = node.source().begin.line;
    // A table that is not known is told from what stands in it.
    const bool filled_table = node.is_table() && !node.as_table()->empty();
    const std::string whole = filled_table ? key + "." + std::string(node.as_table()->begin()->first.str()) : key;
    throw ConfigError({place + (line > 0 ? ":" + std::to_string(line) : ""), "the unknown key '" + key + "'",
                       "one of the known keys", perhaps_meant(whole, known.keys)});
  }
}

/// In words of its own: those of the library are about its grammar.
ConfigError no_toml(std::string_view text, const std::string& place, std::int64_t line, std::int64_t column) {
  const std::vector<std::string> lines = split_text(text, '\n');
  const bool known = line >= 1 && line <= static_cast<std::int64_t>(lines.size());
  constexpr std::size_t kShown = 40;
  std::string there = known ? trim(lines[static_cast<std::size_t>(line) - 1]) : "";
  if (there.size() > kShown) there.clear();
  const std::string at = "line " + std::to_string(line) + ", column " + std::to_string(column);
  return ConfigError({place + ":" + std::to_string(line) + ":" + std::to_string(column),
                      "something that is no TOML at " + at + (there.empty() ? "" : " ('" + readable(there) + "')"),
                      "lines like name = value, each name once, texts in quotes, [table] above its lines", ""});
}

toml::table parse(std::string_view text, const std::string& place) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    const auto begin = error.source().begin;
    throw no_toml(text, place, static_cast<std::int64_t>(begin.line), static_cast<std::int64_t>(begin.column));
  }
}

/// Turns every field into TOML text and hands it to write().
class TextVisitor : public PathVisitor {
 public:
  void field(std::string_view name, bool& value, std::string_view comment) override {
    write(name, value ? "true" : "false", comment);
  }
  void field(std::string_view name, std::int64_t& value, std::string_view comment) override {
    write(name, std::to_string(value), comment);
  }
  void field(std::string_view name, double& value, std::string_view comment) override {
    write(name, number(value), comment);
  }
  void field(std::string_view name, std::string& value, std::string_view comment) override {
    write(name, quoted(value), comment);
  }
  void field(std::string_view name, std::vector<double>& value, std::string_view comment) override {
    std::vector<std::string> items;
    for (const double item : value) items.push_back(number(item));
    write(name, "[" + join_text(items, ", ") + "]", comment);
  }
  void field(std::string_view name, std::vector<std::string>& value, std::string_view comment) override {
    std::vector<std::string> items;
    for (const std::string& item : value) items.push_back(quoted(item));
    write(name, "[" + join_text(items, ", ") + "]", comment);
  }

 protected:
  virtual void write(std::string_view name, const std::string& value, std::string_view comment) = 0;

 private:
  static std::string number(double value) {
    std::string text_of = exact(value);
    if (std::isfinite(value) && text_of.find_first_of(".e") == std::string::npos) text_of += ".0";
    return text_of;
  }

  static std::string quoted(const std::string& value) {
    std::ostringstream out;
    out << toml::value<std::string>(value);
    return out.str();
  }
};

class ValueCollector final : public TextVisitor {
 public:
  std::vector<std::pair<std::string, std::string>> values;  // key, TOML text

 protected:
  void write(std::string_view name, const std::string& value, std::string_view) override {
    values.emplace_back(key(name), value);
  }
};

class Writer final : public TextVisitor {
 public:
  std::string text;

 protected:
  void begin_table(std::string_view name, std::string_view comment) override {
    text += "\n";
    write_comment(comment);
    text += "[" + key(name) + "]\n";
    PathVisitor::begin_table(name, comment);
  }

  void write(std::string_view name, const std::string& value, std::string_view comment) override {
    write_comment(comment);
    text += std::string(name) + " = " + value + "\n";
  }

 private:
  void write_comment(std::string_view comment) {
    std::istringstream words{std::string(comment)};
    std::string line = "#";
    for (std::string word; words >> word;) {
      if (line.size() + 1 + word.size() > kCommentWidth) {
        text += line + "\n";
        line = "#";
      }
      line += " " + word;
    }
    if (line.size() > 1) text += line + "\n";
  }
};

std::size_t edit_distance(std::string_view first, std::string_view second) {
  std::vector<std::size_t> row(second.size() + 1);
  for (std::size_t column = 0; column < row.size(); ++column) row[column] = column;
  for (std::size_t line = 1; line <= first.size(); ++line) {
    std::size_t diagonal = row[0];
    row[0] = line;
    for (std::size_t column = 1; column < row.size(); ++column) {
      const std::size_t replaced = diagonal + (first[line - 1] == second[column - 1] ? 0 : 1);
      diagonal = row[column];
      row[column] = std::min({replaced, row[column] + 1, row[column - 1] + 1});
    }
  }
  return row.back();
}

void read_table(const toml::table& table, const std::string& place, const VisitFields& fields) {
  KeyCollector known(table);
  fields(known);
  check_keys(table, "", known, place);
  Reader reader(table, place);
  fields(reader);
}

}  // namespace

void read_toml(std::string_view toml_text, const std::string& place, const VisitFields& fields) {
  read_table(parse(toml_text, place), place, fields);
}

void read_toml_file(const std::filesystem::path& path, const VisitFields& fields) {
  read_toml(read_text_file(path), path.string(), fields);
}

namespace {

/// `key=value` as a TOML table.
toml::table parse_assignment(std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  const std::string key = trim(assignment.substr(0, equals));
  if (equals == std::string_view::npos || key.empty())
    throw ConfigError({"--set " + std::string(assignment), "no key=value", "key=value or table.key=value", ""});
  const std::string value = trim(assignment.substr(equals + 1));
  try {
    return toml::parse(key + " = " + value);
  } catch (const toml::parse_error&) {
    // A bare word, as typed in a shell.
    std::ostringstream quoted;
    quoted << toml::value<std::string>(value);
    return parse(key + " = " + quoted.str(), "--set " + std::string(assignment));
  }
}

std::string toml_text(const toml::node& node) {
  if (const auto number = node.value_exact<double>()) {
    const std::string text = exact(*number);
    return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
  }
  std::ostringstream text;
  node.visit([&text](const auto& value) { text << value; });
  return text.str();
}

void collect_texts(const toml::table& table, const std::string& prefix, SettingTexts& texts) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string(name.str());
    if (const toml::table* inner = node.as_table())
      collect_texts(*inner, key + ".", texts);
    else
      texts[key] = toml_text(node);
  }
}

}  // namespace

void apply_assignment(std::string_view assignment, const VisitFields& fields) {
  read_table(parse_assignment(assignment), "--set " + std::string(assignment), fields);
}

SettingTexts read_setting_texts(std::string_view toml_text, const std::string& place) {
  SettingTexts texts;
  collect_texts(parse(toml_text, place), "", texts);
  return texts;
}

void assign_setting_text(SettingTexts& settings, std::string_view assignment) {
  const std::string place = "--set " + std::string(assignment);
  SettingTexts given;
  collect_texts(parse_assignment(assignment), "", given);
  const auto kind = [](const std::string& text) -> std::string {
    if (text.empty() || text.front() == '\'' || text.front() == '"') return "a text";
    if (text.front() == '[') return "a list";
    if (text == "true" || text == "false") return "true or false";
    return text.find_first_of(".en") == std::string::npos ? "a whole number" : "a number";
  };
  for (auto& [key, text] : given) {
    const auto found = settings.find(key);
    if (found == settings.end()) {
      std::vector<std::string> known;
      for (const auto& [name, value] : settings) known.push_back(name);
      throw ConfigError({place, "the unknown key '" + key + "'", "one of the known keys", perhaps_meant(key, known)});
    }
    if (kind(found->second) == "a number" && kind(text) == "a whole number") text += ".0";
    if (kind(found->second) != kind(text))
      throw ConfigError({place, kind(text) + " (" + text + ")", kind(found->second), ""});
    found->second = text;
  }
}

std::string to_commented_toml(const VisitFields& fields) {
  Writer writer;
  fields(writer);
  return writer.text;
}

std::vector<SettingChange> compare_settings(const VisitFields& before, const VisitFields& after) {
  ValueCollector first, second;
  before(first);
  after(second);
  std::vector<SettingChange> changes;
  for (std::size_t index = 0; index < first.values.size() && index < second.values.size(); ++index)
    if (first.values[index].second != second.values[index].second)
      changes.push_back({first.values[index].first, first.values[index].second, second.values[index].second});
  return changes;
}

void require_one_of(std::string_view key, std::string_view value, const std::vector<std::string>& allowed) {
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return;
  const std::string near = nearest_name(value, allowed);
  throw ConfigError({std::string(key), "'" + std::string(value) + "'", "one of " + join_text(allowed, ", "),
                     near.empty() ? "" : "did you mean " + near + "?"});
}

void require_range(std::string_view key, double value, double low, double high) {
  if (value >= low && value <= high) return;
  throw ConfigError({std::string(key), exact(value), exact(low) + ".." + exact(high), ""});
}

std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(name.size() / 3, 2) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace lanet
