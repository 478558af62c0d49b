#include "dataset/reimport.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "support/phantom_dataset.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

class Reimport : public testing::Test {
 protected:
  /// Four phantoms as an importer would find them, without groups.
  Reimport() {
    fresh_ = write_phantoms(source_.path(), 4);
    for (Sample& sample : fresh_.samples) sample.group.clear();
  }
  StoredImport import(bool overwrite = false) {
    Imported imported{fresh_, {}, split_};
    const StoredImport stored = store_import(imported, out(), overwrite);
    notes_ = imported.report.notes;
    return stored;
  }
  fs::path out() const { return folder_ / "data"; }
  Manifest stored() const { return read_manifest(out()); }
  /// The list as a person saves it.
  void edit(const Manifest& manifest) const { write_file_atomically(out() / kManifestName, manifest_csv(manifest)); }

  TemporaryFolder source_, folder_;
  Manifest fresh_;
  std::optional<Split> split_;
  std::vector<std::string> notes_;
};

TEST_F(Reimport, WithoutAChangeWritesNothingAnew) {
  import();
  const std::string first = read_file(out() / kManifestName);
  EXPECT_TRUE(import().lines.empty());
  EXPECT_EQ(read_file(out() / kManifestName), first);
  EXPECT_FALSE(fs::exists(out() / "lanet-dataset-before.csv"));
}

TEST_F(Reimport, KeepsGroupsColumnsAndCorrections) {
  import();
  Manifest edited = stored();
  edited.extra_columns.push_back("birads");
  edited.samples[0].group = "patient 7";
  edited.samples[0].extra["birads"] = "4a";
  edited.samples[1].class_name = "benign";
  edited.samples[2].location = Location::kBoxes;
  edited.samples[2].masks.clear();
  edited.samples[2].boxes = {{1, 2, 30, 40}};
  edit(edited);
  const std::string by_hand = read_file(out() / kManifestName);
  fresh_.samples[3].class_name = "benign";  // the source was mended here
  const StoredImport again = import();
  const Manifest merged = stored();
  EXPECT_EQ(merged.samples[0].group, "patient 7");
  EXPECT_EQ(merged.samples[0].extra.at("birads"), "4a");
  EXPECT_EQ(merged.samples[1].class_name, "benign");
  EXPECT_EQ(merged.samples[2].boxes, edited.samples[2].boxes);
  EXPECT_EQ(merged.samples[3].class_name, "benign");
  EXPECT_EQ(read_file(out() / "lanet-dataset-before.csv"), by_hand);
  ASSERT_EQ(again.lines.size(), 1U);
  EXPECT_TRUE(has(again.lines[0], "lanet-dataset-before.csv")) << again.lines[0];
  EXPECT_EQ(notes_.size(), 3U);  // group, class, location
}

TEST_F(Reimport, EveryGenerationOfTheListSurvives) {
  for (const char* group : {"a", "b", "c"}) {
    import();
    Manifest edited = stored();
    edited.samples[0].group = group;
    edit(edited);
    fresh_.samples[1].source += "!";
  }
  import();
  for (const char* name : {"lanet-dataset-before.csv", "lanet-dataset-before-2.csv", "lanet-dataset-before-3.csv"})
    EXPECT_TRUE(fs::exists(out() / name)) << name;
  EXPECT_EQ(stored().samples[0].group, "c");
}

TEST_F(Reimport, NewImagesComeAndVanishedOnesGo) {
  import();
  const Sample gone = fresh_.samples.back();
  fresh_.samples.pop_back();
  Sample added = fresh_.samples[0];
  added.id = "new";
  fresh_.samples.push_back(added);
  import();
  EXPECT_GE(stored().find("new"), 0);
  EXPECT_EQ(stored().find(gone.id), -1);
}

TEST_F(Reimport, RowsThatAPersonAddedStay) {
  import();
  Manifest edited = stored();
  Sample own = edited.samples[0];
  own.id = "mine";
  edited.samples.push_back(own);
  edit(edited);
  import();
  ASSERT_GE(stored().find("mine"), 0);
  EXPECT_EQ(stored().samples[static_cast<std::size_t>(stored().find("mine"))].image, own.image);
}

TEST_F(Reimport, TheListOfOtherPicturesIsInTheWay) {
  Manifest corrections = write_phantoms(out(), 2);
  for (Sample& sample : corrections.samples) sample.id += " of the server";
  write_manifest(out() / kManifestName, corrections);
  const std::string list = read_file(out() / kManifestName);
  EXPECT_THROW(import(), InTheWay);
  EXPECT_EQ(read_file(out() / kManifestName), list);
  EXPECT_EQ(import(true).lines.size(), 1U);
  EXPECT_EQ(read_file(out() / "lanet-dataset-before.csv"), list);
}

TEST_F(Reimport, OlderDataSetsKeepWhatDiffersFromTheSource) {
  import();
  fs::remove(out() / kImportedName);
  Manifest edited = stored();
  edited.samples[1].class_name = "benign";
  edit(edited);
  import();
  EXPECT_EQ(stored().samples[1].class_name, "benign");
  EXPECT_EQ(import(true).lines.size(), 1U);
  EXPECT_EQ(stored().samples[1].class_name, "malignant") << "--overwrite: the source counts";
}

TEST_F(Reimport, AMaskThatSomebodyPaintedOnIsACorrection) {
  Manifest drawn = fresh_;
  drawn.mask_folder = out();
  OutputFolder masks(out());
  for (Sample& sample : drawn.samples) {
    sample.masks = {"masks/" + sample.id + ".png"};
    masks.write(sample.masks.front(), read_file(source_ / (sample.id + "_mask.png")));
  }
  fresh_ = drawn;
  import();
  write_file_atomically(out() / "masks/phantom_0.png", read_file(source_ / "phantom_3_mask.png"));
  fresh_.samples[0].masks = {"masks/phantom_0-2.png"};  // the importer went out of the way
  fresh_.samples[1].masks = {"masks/phantom_1-2.png"};
  import();
  EXPECT_EQ(stored().samples[0].masks.front(), "masks/phantom_0.png");
  EXPECT_EQ(stored().samples[1].masks.front(), "masks/phantom_1-2.png");
}

TEST_F(Reimport, FilesOfOthersAreInTheWay) {
  fs::create_directories(out());
  write_file_atomically(out() / kManifestName, "my own notes");
  EXPECT_THROW(import(), InTheWay);
  EXPECT_EQ(read_file(out() / kManifestName), "my own notes");
  fs::remove(out() / kManifestName);
  split_ = Split{{{"phantom_0", "train"}}};
  write_file_atomically(out() / "split.csv", "when,where\nmonday,here\n");
  EXPECT_THROW(import(), InTheWay);
  EXPECT_FALSE(fs::exists(out() / kManifestName)) << "before anything is written";
  EXPECT_EQ(read_file(out() / "split.csv"), "when,where\nmonday,here\n");
}

TEST_F(Reimport, AnotherProgramsLogStays) {
  fs::create_directories(out());
  write_file_atomically(out() / "import.log", "of another program");
  EXPECT_EQ(import().log, out() / "lanet-import.log");
  EXPECT_EQ(read_file(out() / "import.log"), "of another program");
}

TEST_F(Reimport, TheChosenPositiveClassIsRemembered) {
  Manifest chosen = fresh_;
  settle_import_roles(chosen, out(), "benign", "");
  fresh_ = chosen;
  import();
  fresh_.positive_class.clear();
  Manifest again = fresh_;
  EXPECT_EQ(settle_import_roles(again, out(), "", "").positive, "benign");
  EXPECT_EQ(stored().positive_class, "benign");
}

TEST_F(Reimport, ASplitOfTheUsersStaysAndIsNotMoved) {
  const std::string mine = "id,subset\nphantom_0,test\n";
  write_file_atomically(out() / "split.csv", mine);
  split_ = Split{{{"phantom_0", "train"}}};
  const StoredImport stored = import();
  EXPECT_EQ(read_file(out() / "split.csv"), mine);
  EXPECT_FALSE(fs::exists(out() / "split-before.csv"));
  ASSERT_EQ(stored.lines.size(), 1U);
  EXPECT_TRUE(has(stored.lines[0], "split.csv stays as it is")) << stored.lines[0];
  import(true);
  EXPECT_EQ(read_file(out() / "split-before.csv"), mine);
  EXPECT_EQ(read_split(out() / "split.csv").subset_of.at("phantom_0"), "train");
}

TEST(PublishSplit, AListOfTheUsersIsMovedOnlyWhenAsked) {
  const TemporaryFolder folder;
  const fs::path file = folder / "split.csv";
  write_file_atomically(file, "id,subset\na,train\n");
  EXPECT_EQ(publish_split(file, Split{{{"a", "train"}}}), "") << "it says the same";
  EXPECT_TRUE(has(refusal<InTheWay>([&] { publish_split(file, Split{{{"a", "val"}}}); }), "--overwrite"));
  EXPECT_EQ(read_file(file), "id,subset\na,train\n");
  EXPECT_EQ(publish_split(file, Split{{{"a", "val"}}}, true), "split-before.csv");
  EXPECT_EQ(read_file(folder / "split-before.csv"), "id,subset\na,train\n");
}

TEST(PublishSplit, EveryEarlierListSurvives) {
  const TemporaryFolder folder;
  const auto publish = [&](const std::string& subset) {
    return publish_split(folder / "split.csv", Split{{{"a", subset}}}).string();
  };
  EXPECT_EQ(publish("train"), "");
  EXPECT_EQ(publish("train"), "") << "the same list";
  EXPECT_EQ(publish("val"), "split-before.csv");
  EXPECT_EQ(publish("test"), "split-before-2.csv");
  EXPECT_EQ(read_split(folder / "split-before.csv").subset_of.at("a"), "train");
  EXPECT_EQ(read_split(folder / "split-before-2.csv").subset_of.at("a"), "val");
}

}  // namespace
}  // namespace lanet
