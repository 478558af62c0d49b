#include "core/settings.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "support/damage.hpp"
#include "support/refused.hpp"

namespace lanet {
namespace {

struct Inner {
  double rate = 0.5;
  std::vector<double> list{1, 2};
  void visit(FieldVisitor& visitor) {
    visitor.field("rate", rate, "a rate");
    visitor.field("list", list, "some numbers");
  }
};

struct Outer {
  bool flag = true;
  std::int64_t count = 3;
  std::string name = "it's \"x\"";
  std::vector<std::string> words{"a", "b"};
  Inner inner;
  void visit(FieldVisitor& visitor) {
    visitor.field("flag", flag, "a flag");
    visitor.field("count", count, "a number");
    visitor.field("name", name, "a text");
    visitor.field("words", words, "some texts");
    visitor.table("inner", inner, "a table");
  }
};

std::string message_of(const std::string& toml) {
  Outer outer;
  return refusal<ConfigError>([&] { read_toml(toml, "t.toml", fields_of(outer)); });
}

TEST(Settings, WhatIsWrittenReadsBack) {
  Outer outer;
  outer.flag = false;
  outer.count = -12;
  outer.inner.rate = 1e-9;
  outer.inner.list = {0.1, 3};
  const std::string text = to_commented_toml(fields_of(outer));
  EXPECT_TRUE(has(text, "# a number"));
  Outer read;
  read_toml(text, "t.toml", fields_of(read));
  EXPECT_EQ(to_commented_toml(fields_of(read)), text);
  EXPECT_EQ(read.name, outer.name);
  EXPECT_EQ(read.inner.list, outer.inner.list);
}

TEST(Settings, DamagedCopiesAreReadOrRefused) {
  Outer outer;
  for (const std::string& damaged : damaged_copies(to_commented_toml(fields_of(outer)), 2000)) message_of(damaged);
}

TEST(Settings, DifferencesByHand) {
  Outer before, after;
  after.count = before.count + 1;
  after.inner.list = {2};
  const auto changes = compare_settings(fields_of(before), fields_of(after));
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].key, "count");
  EXPECT_EQ(changes[0].after, std::to_string(after.count));
  EXPECT_EQ(changes[1].key, "inner.list");
  EXPECT_EQ(changes[1].after, "[2.0]");
  EXPECT_TRUE(compare_settings(fields_of(before), fields_of(before)).empty());
}

TEST(Settings, WhatIsNotNamedKeepsItsDefault) {
  Outer outer;
  read_toml("[inner]\nrate = 2\n", "t.toml", fields_of(outer));
  EXPECT_EQ(outer.inner.rate, 2);  // a whole number where a double is wanted
  EXPECT_EQ(outer.count, 3);
}

TEST(Settings, AnUnknownKeyNamesTheNearest) {
  const std::string message = message_of("[inner]\nrat = 2\n");
  EXPECT_TRUE(has(message, "inner.rat")) << message;
  EXPECT_TRUE(has(message, "rate")) << message;
  EXPECT_NE(message_of("[iner]\nrate = 2\n"), "");
}

TEST(Settings, AKeyWithoutItsTableIsNamedWithIt) {
  EXPECT_TRUE(has(message_of("rate = 0.1\n"), "did you mean 'inner.rate'?")) << message_of("rate = 0.1\n");
  EXPECT_TRUE(has(message_of("outer.count = 1\n"), "did you mean 'count'?"));
  SettingTexts settings{{"stage1.epochs", "3"}, {"stage2.epochs", "5"}};
  const std::string message = refusal<ConfigError>([&] { assign_setting_text(settings, "epochs=1"); });
  EXPECT_TRUE(has(message, "did you mean 'stage1.epochs' or 'stage2.epochs'?")) << message;
}

TEST(Settings, WrongTypesAndSyntaxAreRefused) {
  EXPECT_TRUE(has(message_of("count = 1.5"), "count"));
  EXPECT_TRUE(has(message_of("flag = 'yes'"), "flag"));
  EXPECT_TRUE(has(message_of("inner = 3"), "inner"));
  EXPECT_TRUE(has(message_of("count = 1\nflag = = 2"), "t.toml"));
}

TEST(Settings, WhatIsNoTomlIsNamedByItsPlaceInPlainWords) {
  const std::string text = message_of("count = 3\nflag = true\n= 5\n");
  EXPECT_TRUE(has(text, "t.toml:3:1: lanet found something that is no TOML at line 3, column 1 ('= 5')")) << text;
  EXPECT_TRUE(has(text, "name = value")) << text;
  for (const char* broken : {"[", "a = ", "a = \"x", "a = 1 2", "a = 1\na = 2", "\xFF", "a"}) {
    const std::string message = message_of(broken);
    EXPECT_TRUE(has(message, "no TOML at line")) << message;
    EXPECT_FALSE(has(message, "parsing")) << message;
  }
}

TEST(Settings, AssignmentsTakeTomlOrABareWord) {
  Outer outer;
  apply_assignment("inner.rate=0.25", fields_of(outer));
  apply_assignment("name=plain", fields_of(outer));
  apply_assignment("flag=false", fields_of(outer));
  apply_assignment("words=['x']", fields_of(outer));
  EXPECT_EQ(outer.inner.rate, 0.25);
  EXPECT_EQ(outer.name, "plain");
  EXPECT_FALSE(outer.flag);
  EXPECT_EQ(outer.words, std::vector<std::string>{"x"});
  EXPECT_THROW(apply_assignment("inner.rat=1", fields_of(outer)), ConfigError);
  EXPECT_THROW(apply_assignment("no equal sign", fields_of(outer)), ConfigError);
  EXPECT_THROW(apply_assignment("count=many", fields_of(outer)), ConfigError);
}

TEST(Settings, RangesAndChoices) {
  EXPECT_NO_THROW(require_range("x", 1, 0, 1));
  EXPECT_THROW(require_range("x", 1.01, 0, 1), ConfigError);
  EXPECT_THROW(require_range("x", std::nan(""), 0, 1), ConfigError);
  EXPECT_TRUE(has(refusal<ConfigError>([] { require_one_of("x", "thresold", {"threshold", "none"}); }), "threshold"));
  EXPECT_EQ(nearest_name("bachsize", {"batch_size", "epochs"}), "batch_size");
  EXPECT_EQ(nearest_name("zzz", {"batch_size", "epochs"}), "");
}

}  // namespace
}  // namespace lanet
