#include "dataset/classes.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "support/refused.hpp"

namespace lanet {
namespace {

/// One image a class.
Manifest manifest_of(const std::vector<std::string>& classes) {
  Manifest manifest;
  for (const std::string& name : classes) {
    Sample sample;
    sample.id = "image of " + name;
    sample.class_name = name;
    manifest.samples.push_back(sample);
  }
  return manifest;
}

TEST(ClassNames, AreSortedWithoutTheUnknown) {
  EXPECT_EQ(class_names(manifest_of({"normal", "", "malignant", "normal"}).samples),
            (std::vector<std::string>{"malignant", "normal"}));
}

TEST(PositiveClass, IsMalignantInAnyCaseThenAKnownTranslation) {
  EXPECT_EQ(known_positive_class({"Benign", "Malignant", "Normal"}), "Malignant");
  EXPECT_EQ(known_positive_class({"benign", "malignant", "normal"}), "malignant");
  EXPECT_EQ(known_positive_class({"Bösartig", "Gutartig"}), "Bösartig");
  EXPECT_EQ(known_positive_class({"carcinoma", "malignant"}), "malignant");
  EXPECT_EQ(known_positive_class({"良性", "恶性"}), "恶性");
  EXPECT_EQ(known_positive_class({"carcinoma", "cancer"}), "") << "two of them: not for lanet to choose";
  EXPECT_EQ(known_positive_class({"Malignant", "malignant"}), "");
  EXPECT_EQ(known_positive_class({"a", "b"}), "");
  EXPECT_EQ(known_normal_class({"Benign", "Malignant", "No lesion"}), "No lesion");
}

TEST(ClassRoles, AreAskedForByNameWhereNothingSaysThem) {
  const std::string message = refusal<ConfigError>([] { class_roles(manifest_of({"A", "B"}), "data"); });
  EXPECT_TRUE(has(message, "A, B")) << message;
  EXPECT_TRUE(has(message, "--positive")) << message;
  EXPECT_EQ(class_roles(manifest_of({"A", "B"}), "data", "B").positive, "B");
  EXPECT_EQ(class_roles(manifest_of({"Benign", "Malignant"}), "data", "benign").positive, "Benign") << "chosen, folded";
  EXPECT_EQ(class_roles(manifest_of({"lesion"}), "data").positive, "") << "one class: nothing to decide";
  Manifest stored = manifest_of({"A", "B"});
  stored.positive_class = "A";
  EXPECT_EQ(class_roles(stored, "data").positive, "A");
}

TEST(ClassRoles, NamesThatDoNotOccurAreRefused) {
  const std::string message = refusal<ConfigError>([] {
    class_roles(manifest_of({"benign", "malignant"}), "data", "malignent");
  });
  EXPECT_TRUE(has(message, "did you mean malignant?")) << message;
  EXPECT_THROW(class_roles(manifest_of({"benign", "malignant"}), "data", "malignant", "malignant"), ConfigError);
}

TEST(SettleRoles, NormalImagesAreKnownToHoldNoLesion) {
  Manifest manifest = manifest_of({"Benign", "Malignant", "Normal"});
  const ClassRoles roles = settle_roles(manifest, "data");
  EXPECT_EQ(roles_text(roles), "positive class: Malignant; normal class: Normal");
  EXPECT_EQ(manifest.positive_class, "Malignant");
  EXPECT_EQ(manifest.samples[0].location, Location::kNone);
  EXPECT_EQ(manifest.samples[2].location, Location::kEmpty);
}

TEST(ClassMap, RenamesUnitesAndLeavesOut) {
  Manifest manifest = manifest_of({"2", "3", "4", "normal"});
  manifest.positive_class = "4";
  const std::string line = ClassMap({"2=benign,3=benign", "4=malignant, normal="}).apply(manifest, "data");
  EXPECT_EQ(class_names(manifest.samples), (std::vector<std::string>{"benign", "malignant"}));
  EXPECT_EQ(manifest.samples.size(), 3U);
  EXPECT_EQ(manifest.positive_class, "malignant");
  EXPECT_EQ(line,
            "classes: left out: normal (1 image); read 2 (1 image) as benign, 3 (1 image) as benign, 4 (1 image) as "
            "malignant");
}

TEST(ClassMap, SwapsAtOnce) {
  Manifest manifest = manifest_of({"a", "b"});
  ClassMap({"a=b,b=a"}).apply(manifest, "data");
  EXPECT_EQ(manifest.samples[0].class_name, "b");
  EXPECT_EQ(manifest.samples[1].class_name, "a");
}

TEST(ClassMap, RefusesWhatItCannotMean) {
  EXPECT_THROW(ClassMap({"benign"}), ConfigError);
  EXPECT_THROW(ClassMap({"=x"}), ConfigError);
  EXPECT_THROW(ClassMap({"a=b,a=c"}), ConfigError);
  Manifest manifest = manifest_of({"benign", "malignant"});
  EXPECT_TRUE(has(refusal<ConfigError>([&] { ClassMap({"benin="}).apply(manifest, "data"); }), "benign"));
  EXPECT_EQ(ClassMap().apply(manifest, "data"), "");
  EXPECT_EQ(manifest.samples.size(), 2U);
}

}  // namespace
}  // namespace lanet
