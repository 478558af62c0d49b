#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lanet {

/// Walks over the fields of a settings struct. A struct lists each field once, with its comment:
///
///   struct Stage2Options {
///     int64_t batch_size = 8;
///     void visit(FieldVisitor& visitor) { visitor.field("batch_size", batch_size, "images per step"); }
///     void validate() const;  // throws ConfigError naming the field
///   };
///
/// Reading TOML, writing commented TOML and `--set a.b=c` all use that one list.
class FieldVisitor {
 public:
  virtual ~FieldVisitor() = default;
  virtual void field(std::string_view name, bool& value, std::string_view comment) = 0;
  virtual void field(std::string_view name, std::int64_t& value, std::string_view comment) = 0;
  virtual void field(std::string_view name, double& value, std::string_view comment) = 0;
  virtual void field(std::string_view name, std::string& value, std::string_view comment) = 0;
  virtual void field(std::string_view name, std::vector<double>& value, std::string_view comment) = 0;
  virtual void field(std::string_view name, std::vector<std::string>& value, std::string_view comment) = 0;

  /// A nested struct becomes a TOML table.
  template <class Options>
  void table(std::string_view name, Options& options, std::string_view comment) {
    begin_table(name, comment);
    options.visit(*this);
    end_table();
  }

  /// Tables whose names the user chooses: [name.one], [name.two] ...; each that the text has becomes an entry.
  template <class Options>
  void tables(std::string_view name, std::map<std::string, Options>& options, std::string_view comment) {
    for (const std::string& entry : given_tables(name)) options.try_emplace(entry);
    begin_table(name, comment);
    for (auto& [entry, value] : options) table(entry, value, "");
    end_table();
  }

 protected:
  /// Names of the tables inside table `name` of the text that is read; none where no text is.
  virtual std::vector<std::string> given_tables(std::string_view) const { return {}; }
  virtual void begin_table(std::string_view name, std::string_view comment) = 0;
  virtual void end_table() = 0;
};

/// Calls visit() on the settings struct at hand; every function below takes one of these.
using VisitFields = std::function<void(FieldVisitor&)>;

template <class Options>
VisitFields fields_of(Options& options) {
  return [&options](FieldVisitor& visitor) { options.visit(visitor); };
}

/// Sets every field that the TOML text names; others keep their value. Throws ConfigError for a syntax error (with
/// line), an unknown key (naming the nearest known one) or a value of another type (an integer is accepted where a
/// double is wanted).
void read_toml(std::string_view toml_text, const std::string& place, const VisitFields& fields);
void read_toml_file(const std::filesystem::path& path, const VisitFields& fields);

/// Applies one `table.key=value`. The value is TOML; a bare word is taken as a string. Throws ConfigError like
/// read_toml.
void apply_assignment(std::string_view assignment, const VisitFields& fields);

/// All fields as TOML, each with its comment above it. read_toml of the result gives equal settings.
std::string to_commented_toml(const VisitFields& fields);

/// A field whose value differs, as TOML.
struct SettingChange {
  std::string key;  // "table.key"
  std::string before;
  std::string after;
};
/// Every field that differs between two structs of one type, in the order of the fields.
std::vector<SettingChange> compare_settings(const VisitFields& before, const VisitFields& after);

/// Settings without their struct, for programs that hand them on: "table.key" -> value as TOML text.
using SettingTexts = std::map<std::string, std::string>;
/// Every value of a TOML text. Throws ConfigError for a syntax error.
SettingTexts read_setting_texts(std::string_view toml_text, const std::string& place);
/// Applies one `table.key=value` as apply_assignment does. Throws ConfigError for a key that is not there (naming the
/// nearest) or a value of another type (a whole number is accepted where a number stands).
void assign_setting_text(SettingTexts& settings, std::string_view assignment);

/// Throws ConfigError "key: lanet found value but needs one of a, b, c; did you mean b?".
void require_one_of(std::string_view key, std::string_view value, const std::vector<std::string>& allowed);
/// Throws ConfigError "key: lanet found value but needs low..high" unless low <= value <= high (NaN is refused).
void require_range(std::string_view key, double value, double low, double high);

/// The candidate with the smallest edit distance, or "" where none is near (distance over a third of the length).
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace lanet
