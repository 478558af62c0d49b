// The programs as users meet them: exit codes, one line an error, every command's help and example.
#include <filesystem>
#include <regex>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "cli/programs.hpp"
#include "core/csv.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "finding/finding_json.hpp"
#include "image/geometry.hpp"
#include "image/region.hpp"
#include "support/phantom_dataset.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

/// One line that begins with the program's name.
void expect_one_line(const ChildResult& result, int code, const std::string& part) {
  EXPECT_EQ(result.exit_code, code) << result.output;
  EXPECT_TRUE(has(result.output, part)) << result.output;
  const std::size_t line = result.output.find("lanet: ");
  ASSERT_NE(line, std::string::npos) << result.output;
  EXPECT_EQ(result.output.find('\n', line), result.output.size() - 1) << result.output;
}

TEST(Cli, EveryCommandHasHelpAndAnExample) {
  std::vector<std::vector<std::string>> commands{{"data", "import"}, {"data", "audit"},       {"data", "split"},
                                                 {"data", "merge"},  {"data", "lesion-free"}, {"data", "show"},
                                                 {"report"},         {"experiment"},          {"experiment", "status"},
                                                 {"models"},         {"dicom", "send"}};
  if (has_trainer())
    for (const char* name : {"train", "predict", "evaluate", "explain", "compare", "export", "calibrate", "quantize"})
      commands.push_back({name});
  if (has_trainer()) commands.push_back({"weights", "import"});
  if (has_trainer()) commands.push_back({"dicom", "node"});
  for (auto command : commands) {
    const std::string name = join_text(command, " ");
    command.push_back("--help");
    const ChildResult result = lanet(command);
    EXPECT_EQ(result.exit_code, 0) << name;
    EXPECT_TRUE(has(result.output, "Example:\n  lanet " + name)) << result.output;
  }
  EXPECT_TRUE(has(lanet({"--help"}).output, "Research use only"));
  EXPECT_TRUE(has(lanet({"--help"}).output, "Example:\n  lanet predict"));
  EXPECT_TRUE(has(lanet({"dicom", "--help"}).output, "Example:\n  lanet dicom"));
  EXPECT_TRUE(std::regex_match(lanet({"--version"}).output, std::regex("lanet \\d+\\.\\d+\\.\\d+\n")));
}

TEST(Cli, WrongUseIsTwo) {
  const ChildResult nothing = lanet({});
  EXPECT_EQ(nothing.exit_code, 2);
  EXPECT_TRUE(has(nothing.output, "Subcommands:")) << nothing.output;
  EXPECT_EQ(lanet({"data"}).exit_code, 2);
  expect_one_line(lanet({"nonsense"}), 2, "'nonsense' is no command");
  expect_one_line(lanet({"nonsense", "--help"}), 2, "'nonsense' is no command");
  expect_one_line(lanet({"evaluat", "x"}), 2, "did you mean evaluate?");
  expect_one_line(lanet({"data", "splitt"}), 2, "did you mean split?");
  expect_one_line(lanet({"data", "split"}), 2, "see lanet data split --help");
  EXPECT_EQ(lanet({"data", "split", "x", "--no-such-option"}).exit_code, 2);
  // An unknown option is named before what is missing: it is often the missing one, mistyped.
  expect_one_line(lanet({"data", "split", "--sed", "1"}), 2,
                  "--sed is no option of lanet data split; did you mean --seed?");
  expect_one_line(lanet({"data", "split", "x", "--zzzzzzzz"}), 2, "--zzzzzzzz is no option of lanet data split; see");
  expect_one_line(lanet({"data", "audit", "x", "y"}), 2, "'y'");
  expect_one_line(lanet({"hlep"}), 2, "did you mean help?");
  expect_one_line(lanet({"data", "import", "/", "--format", "busii", "--out", "/tmp/x"}), 2, "busi");
}

TEST(Cli, HelpAndVersionAreWordsToo) {
  EXPECT_EQ(lanet({"help", "data", "split"}).output, lanet({"data", "split", "--help"}).output);
  EXPECT_EQ(lanet({"help"}).output, lanet({"--help"}).output);
  EXPECT_EQ(lanet({"version"}).output, lanet({"--version"}).output);
  if (has_trainer()) {
    EXPECT_EQ(lanet({"help", "train"}).output, lanet({"train", "--help"}).output);
  }
  expect_one_line(lanet({"help", "nonsense"}), 2, "'nonsense' is no command");
}

TEST(Cli, ComplaintsNameTheOptionThatWasTyped) {
  if (has_trainer()) {
    expect_one_line(lanet({"train", "lite0_256", "--data", "x", "--name", "a/b"}), 2, "lanet: --name: ");
    expect_one_line(lanet({"train", "lite0_256", "--data", "x", "--set", "name='a/b'"}), 2, "lanet: name: ");
  }
  if (!lanet({"predict", "--help"}).exit_code) {
    expect_one_line(lanet({"predict", "breast_lite0", "x", "--device", "banana"}), 2, "--device: lanet found 'banana'");
  }
}

TEST(Cli, WhatCannotBeDoneIsOneInOneLine) {
  expect_one_line(lanet({"data", "audit", "/no/such/data"}), 1, "/no/such/data");
  expect_one_line(lanet({"report", "/no/such/run"}), 1, "record.json");
}

void expect_done(const std::vector<std::string>& arguments) {
  const ChildResult result = lanet(arguments);
  ASSERT_EQ(result.exit_code, 0) << result.output;
}

TEST(Cli, TheWayOfDataFromFolderToSplit) {
  const TemporaryFolder folder;
  for (std::uint64_t index = 0; index < 12; ++index) {
    const bool malignant = index % 2 == 1;
    const Phantom phantom = make_phantom(malignant, index);
    const std::string base = std::string(malignant ? "malignant" : "benign") + "/i" + std::to_string(index);
    write_png(folder / ("in/" + base + ".png"), phantom.image);
    write_png(folder / ("in/" + base + "_mask.png"), phantom.mask);
  }
  const std::string data = (folder / "data").string();
  expect_done({"data", "import", (folder / "in").string(), "--format", "folders", "--out", data});
  expect_done({"data", "audit", data, "--group"});
  const ChildResult split = lanet({"data", "split", data, "--val", "0.2", "--test", "0.2", "--json"});
  ASSERT_EQ(split.exit_code, 0) << split.output;
  EXPECT_TRUE(has(split.output, "\"leaks\""));
  expect_done({"data", "show", data, "--augmented", "--out", (folder / "sheet.png").string()});
  for (const char* name : {"lanet-dataset.csv", "audit.json", "audit.png", "split.csv", "import.log"})
    EXPECT_TRUE(fs::exists(folder / (std::string("data/") + name))) << name;
  EXPECT_GT(read_image(folder / "sheet.png").height, 200);
  expect_one_line(lanet({"data", "show", data, "--subset", "tset"}), 1, "no image in subset tset");
  // A published list, or the one that models were trained on, is not lost by a new one.
  const std::string before = read_file(folder / "data/split.csv");
  expect_done({"data", "split", data, "--val", "0.2", "--test", "0.2"});
  EXPECT_FALSE(fs::exists(folder / "data/split-before.csv")) << "the same list again";
  const ChildResult other = lanet({"data", "split", data, "--val", "0.2", "--test", "0.2", "--seed", "5"});
  EXPECT_TRUE(has(other.output, "split-before.csv")) << other.output;
  EXPECT_EQ(read_file(folder / "data/split-before.csv"), before);
  // Location labels are struck out only of a copy.
  const std::string again = read_file(folder / "data/split.csv");
  expect_one_line(lanet({"data", "split", data, "--keep-location", "50"}), 2, "write 0.5 or 50%");
  EXPECT_EQ(lanet({"data", "split", data, "--keep-location", "50%"}).exit_code, 2) << "needs --manifest-out";
  expect_one_line(lanet({"data", "split", data, "--val", "0.2", "--test", "0.2", "--keep-location", "50%",
                         "--manifest-out", data + "/lanet-dataset.csv", "--overwrite"}),
                  2, "never struck out of the original");
  EXPECT_EQ(read_file(folder / "data/split.csv"), again) << "refused before anything is written";
  expect_done({"data", "split", data, "--val", "0.2", "--test", "0.2"});
  EXPECT_EQ(read_file(folder / "data/split-before-2.csv"), again);
  const std::string half = (folder / "half.csv").string();
  expect_done({"data", "split", data, "--val", "0.2", "--test", "0.2", "--keep-location", "50%", "--as-boxes",
               "--manifest-out", half});
  const std::string text = read_file(half);
  EXPECT_TRUE(has(text, "none"));
  EXPECT_TRUE(has(text, "boxes"));
  EXPECT_FALSE(has(text, "_mask.png"));
}

/// Phantoms with a machine each and ids that begin with a word of their own, imported into NAME.
Manifest write_named_phantoms(const fs::path& folder, const std::string& word, std::int64_t count) {
  Manifest manifest = write_phantoms(folder, count);
  fs::remove(folder / "split.csv");
  manifest.extra_columns = {"device"};
  for (std::size_t index = 0; index < manifest.samples.size(); ++index) {
    manifest.samples[index].id = word + std::to_string(index);
    manifest.samples[index].extra["device"] = index % 3 == 0 ? "Aplio" : "Logiq";
  }
  write_manifest(folder / kManifestName, manifest);
  return manifest;
}

TEST(Cli, DataSetsAreMergedWhereTheyLie) {
  const TemporaryFolder folder;
  write_named_phantoms(folder / "one", "a", 4);
  write_named_phantoms(folder / "deep/two", "b", 6);
  const std::string one = (folder / "one").string(), two = (folder / "deep/two").string();
  const std::string both = (folder / "both").string();
  const ChildResult merged = lanet({"data", "merge", one, two + "/lanet-dataset.csv", "--out", both});
  EXPECT_EQ(merged.exit_code, 0) << merged.output;
  EXPECT_TRUE(has(merged.output, "written: " + both + "/lanet-dataset.csv")) << merged.output;
  const Manifest read = read_manifest(both);
  ASSERT_EQ(read.samples.size(), 10U);
  for (const Sample& sample : read.samples) EXPECT_TRUE(fs::exists(read.image_path(sample))) << sample.id;
  EXPECT_EQ(read.samples[4].extra.at("device"), "Aplio");
  expect_done({"data", "audit", both});
  expect_done({"data", "merge", one, two, "--out", both});  // its own result is written anew
  // What is read is never written, what others wrote not without --overwrite.
  const std::string before = read_file(folder / "one/lanet-dataset.csv");
  expect_one_line(lanet({"data", "merge", one, two, "--out", one, "--overwrite"}), 2, "which the command reads");
  EXPECT_EQ(read_file(folder / "one/lanet-dataset.csv"), before);
  write_file_atomically(folder / "mine/lanet-dataset.csv", "my own list\n");
  const std::string mine = (folder / "mine").string();
  expect_one_line(lanet({"data", "merge", one, two, "--out", mine}), 1, "--overwrite");
  EXPECT_EQ(read_file(folder / "mine/lanet-dataset.csv"), "my own list\n");
  expect_done({"data", "merge", one, two, "--out", mine, "--overwrite"});
  expect_one_line(lanet({"data", "merge", one, one, "--out", both}), 1, "id a0");
  EXPECT_EQ(lanet({"data", "merge", one, "--out", both}).exit_code, 2) << "one is none";
  EXPECT_TRUE(has(lanet({"data", "merge", "--help"}).output, "data merge [OPTIONS] data...\n"));
}

TEST(Cli, PiecesWithoutALesionBecomeImages) {
  const TemporaryFolder folder;
  const Manifest original = write_named_phantoms(folder / "data", "a", 6);
  const std::string data = (folder / "data").string(), out = (folder / "more").string();
  const std::vector<std::string> command{"data", "lesion-free", data, "--smallest", "0.2", "--largest", "0.3"};
  const auto into = [&](const std::string& place, const std::vector<std::string>& further = {}) {
    std::vector<std::string> arguments = command;
    arguments.insert(arguments.end(), {"--out", place});
    arguments.insert(arguments.end(), further.begin(), further.end());
    return lanet(arguments);
  };
  const ChildResult done = into(out);
  ASSERT_EQ(done.exit_code, 0) << done.output;
  EXPECT_TRUE(has(done.output, "written: " + out + "/lanet-dataset.csv")) << done.output;
  const Manifest read = read_manifest(out);
  ASSERT_EQ(read.samples.size(), 12U);
  EXPECT_EQ(read.normal_class, "normal");
  for (std::size_t index = 6; index < 12; ++index) {
    const Sample& piece = read.samples[index];
    EXPECT_EQ(piece.group, original.samples[index - 6].group);
    const Image image = read_image(read.image_path(piece));
    const Mask lesion = *read_truth_mask(read, read.samples[index - 6], image.height, image.width);
    EXPECT_EQ(area(crop(lesion, *piece.crop)), 0) << piece.id;
  }
  expect_done({"data", "show", out, "--out", (folder / "sheet.png").string()});
  const std::string first = read_file(folder / "more/lanet-dataset.csv");
  EXPECT_EQ(into(out).exit_code, 0);
  EXPECT_EQ(read_file(folder / "more/lanet-dataset.csv"), first) << "the same pieces again";
  EXPECT_EQ(into(out, {"--seed", "2"}).exit_code, 0);
  EXPECT_NE(read_file(folder / "more/lanet-dataset.csv"), first);
  const std::string before = read_file(folder / "data/lanet-dataset.csv");
  EXPECT_EQ(into(data, {"--overwrite"}).exit_code, 2) << "never into the original";
  EXPECT_EQ(read_file(folder / "data/lanet-dataset.csv"), before);
  write_file_atomically(folder / "mine/lanet-dataset.csv", "my own list\n");
  expect_one_line(into((folder / "mine").string()), 1, "--overwrite");
  EXPECT_EQ(read_file(folder / "mine/lanet-dataset.csv"), "my own list\n");
  expect_one_line(into((folder / "x").string(), {"--share", "2"}), 2, "--share");
}

TEST(Cli, PiecesThatCannotBeAreRefused) {
  const TemporaryFolder folder;
  write_named_phantoms(folder / "data", "a", 6);
  const std::string data = (folder / "data").string(), out = (folder / "more").string();
  for (const std::vector<std::string>& sides :
       {std::vector<std::string>{"--smallest", "95%", "--largest", "1"}, std::vector<std::string>{"--share", "0%"}}) {
    std::vector<std::string> arguments{"data", "lesion-free", data, "--out", out};
    arguments.insert(arguments.end(), sides.begin(), sides.end());
    const ChildResult none = lanet(arguments);
    EXPECT_EQ(none.exit_code, 1) << none.output;
    EXPECT_TRUE(has(none.output, data + "/lanet-dataset.csv: lanet found no image with room")) << none.output;
    EXPECT_FALSE(fs::exists(folder / "more"));
  }
  expect_one_line(lanet({"data", "lesion-free", data, "--out", out, "--share", "50"}), 2, "write 0.5 or 50%");
  expect_done({"data", "lesion-free", data, "--out", out, "--share", "100%", "--smallest", "20%", "--largest", "0.3"});
}

TEST(Cli, ASplitStrikesTrainingLabelsAloneAndMovesNoFileOfTheUsers) {
  const TemporaryFolder folder;
  write_named_phantoms(folder / "data", "a", 20);
  const std::string data = (folder / "data").string(), few = (folder / "few.csv").string();
  expect_one_line(lanet({"data", "split", data, "--folds", "3", "--keep-location", "50%", "--manifest-out", few}), 2,
                  "a split without a subset train");
  EXPECT_FALSE(fs::exists(few));
  EXPECT_FALSE(fs::exists(folder / "data/split.csv"));
  expect_done({"data", "split", data, "--val", "0.2", "--test", "0.2", "--keep-location", "0", "--manifest-out", few});
  const Split split = read_split(folder / "data/split.csv");
  for (const Sample& sample : read_manifest(few).samples)
    EXPECT_EQ(sample.location == Location::kNone, split.subset_of.at(sample.id) == "train") << sample.id;
  const std::string mine = (folder / "mine.csv").string();
  write_file_atomically(mine, "id,subset\na0,train\n");
  expect_one_line(lanet({"data", "split", data, "--out", mine}), 1, "give --overwrite");
  EXPECT_EQ(read_file(mine), "id,subset\na0,train\n");
  EXPECT_FALSE(fs::exists(folder / "mine-before.csv"));
  expect_done({"data", "split", data, "--out", mine, "--overwrite"});
  EXPECT_EQ(read_file(folder / "mine-before.csv"), "id,subset\na0,train\n");
  expect_one_line(lanet({"data", "split", data, "--folds-by", ""}), 2, "--folds-by: lanet found an empty text");
}

TEST(Cli, ASmallSplitSaysWhatItCannotFill) {
  const TemporaryFolder folder;
  write_named_phantoms(folder / "data", "a", 8);
  const ChildResult split = lanet({"data", "split", (folder / "data").string()});
  EXPECT_EQ(split.exit_code, 0) << split.output;
  EXPECT_TRUE(has(split.output, "note: no image is in test: 8 images are few")) << split.output;
}

TEST(Cli, WithoutAResultDeidentificationLeavesNothingBehind) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "in/broken.dcm", std::string(128, '\0') + "DICM and nothing");
  const std::string key = (folder / "study.key").string(), mapping = (folder / "mapping.csv").string();
  const ChildResult done = lanet({"dicom", "deidentify", (folder / "in").string(), "--out", (folder / "out").string(),
                                  "--key", key, "--mapping", mapping});
  EXPECT_EQ(done.exit_code, 1) << done.output;
  EXPECT_FALSE(fs::exists(key)) << done.output;
  EXPECT_FALSE(fs::exists(mapping)) << done.output;
  EXPECT_FALSE(fs::exists(folder / "out")) << done.output;
}

TEST(Cli, PiecesTakeTheNameOfTheNormalClass) {
  const TemporaryFolder folder;
  Manifest manifest = write_named_phantoms(folder / "data", "a", 6);
  manifest.samples[0].class_name = "Normal";  // known by its name
  write_manifest(folder / "data/lanet-dataset.csv", manifest);
  const std::string out = (folder / "more").string();
  expect_done({"data", "lesion-free", (folder / "data").string(), "--smallest", "0.2", "--out", out});
  EXPECT_EQ(read_manifest(out).samples.back().class_name, "Normal");
  expect_one_line(lanet({"data", "lesion-free", out, "--normal", "healthy", "--out", (folder / "x").string()}), 2,
                  "Normal");
}

TEST(Cli, OneMachineIsLeftOutAtATime) {
  const TemporaryFolder folder;
  write_named_phantoms(folder / "data", "a", 6);
  const std::string data = (folder / "data").string();
  const ChildResult split = lanet({"data", "split", data, "--folds-by", "device"});
  ASSERT_EQ(split.exit_code, 0) << split.output;
  EXPECT_TRUE(has(split.output, "fold0 is device Aplio\nfold1 is device Logiq\n")) << split.output;
  EXPECT_TRUE(has(split.output, "data.fold=0")) << split.output;
  EXPECT_EQ(read_split(folder / "data/split.csv").subset_of.at("a0"), "fold0");
  EXPECT_EQ(read_split(folder / "data/split.csv").subset_of.at("a1"), "fold1");
  expect_one_line(lanet({"data", "split", data, "--folds-by", "machine"}), 2, "source, device");
  expect_one_line(lanet({"data", "split", data, "--folds-by", "source"}), 1, "no source for image a0");
  expect_one_line(lanet({"data", "split", data, "--folds-by", "device", "--folds", "3"}), 2, "one of them");
}

/// Two phantoms a class folder.
void write_class_folders(const TemporaryFolder& folder, const std::vector<std::string>& classes) {
  for (std::size_t index = 0; index < 2 * classes.size(); ++index)
    write_png(folder / ("in/" + classes[index / 2] + "/i" + std::to_string(index) + ".png"),
              make_phantom(index / 2 == 0, index).image);
}

TEST(Cli, ThePositiveClassIsKnownOrAskedFor) {
  for (const auto& [classes, line] :
       {std::pair{std::vector<std::string>{"Benign", "Malignant", "Normal"},
                  std::string("positive class: Malignant; normal class: Normal")},
        std::pair{std::vector<std::string>{"Gutartig", "Bösartig"}, std::string("positive class: Bösartig")},
        std::pair{std::vector<std::string>{"良性", "恶性"}, std::string("positive class: 恶性")}}) {
    const TemporaryFolder folder;
    write_class_folders(folder, classes);
    const ChildResult result = lanet({"data", "import", (folder / "in").string(), "--out", (folder / "data").string()});
    EXPECT_EQ(result.exit_code, 0) << result.output;
    EXPECT_TRUE(has(result.output, line + "\n")) << result.output;
  }
  const TemporaryFolder folder;
  write_class_folders(folder, {"BI-RADS 2", "BI-RADS 5"});
  const std::string in = (folder / "in").string(), data = (folder / "data").string();
  const ChildResult asked = lanet({"data", "import", in, "--out", data});
  expect_one_line(asked, 2, "--positive");
  EXPECT_TRUE(has(asked.output, "BI-RADS 2, BI-RADS 5")) << asked.output;
  EXPECT_FALSE(fs::exists(data + "/lanet-dataset.csv"));
  const ChildResult chosen = lanet({"data", "import", in, "--out", data, "--positive", "BI-RADS 5"});
  EXPECT_TRUE(has(chosen.output, "positive class: BI-RADS 5")) << chosen.output;
  const ChildResult again = lanet({"data", "import", in, "--out", data});
  EXPECT_TRUE(has(again.output, "positive class: BI-RADS 5")) << "remembered: " << again.output;
}

TEST(Cli, ImportMapsAndLeavesOutClasses) {
  const TemporaryFolder folder;
  write_class_folders(folder, {"2", "3", "5", "junk"});
  const ChildResult result = lanet({"data", "import", (folder / "in").string(), "--out", (folder / "data").string(),
                                    "--classes", "2=benign,3=benign,5=malignant,junk="});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_TRUE(has(result.output, "left out: junk (2 images)")) << result.output;
  EXPECT_TRUE(has(result.output, "benign 4, malignant 2")) << result.output;
}

TEST(Cli, AResultIsNotWrittenOverADataSetsOwnFiles) {
  const TemporaryFolder folder;
  write_phantoms(folder / "data", 12);
  const std::string data = (folder / "data").string(), split = data + "/split.csv";
  fs::remove(split);
  expect_done({"data", "split", data, "--val", "0.2", "--test", "0.2"});
  const std::string before = read_file(split);
  expect_one_line(lanet({"data", "show", data, "--out", split}), 1, "split.csv");
  if (has_trainer()) {
    expect_one_line(lanet({"export", "breast_lite0", "--format", "onnx", "--out", split}), 1, "a list of id, subset");
    expect_one_line(lanet({"quantize", "breast_lite0", "--data", data, "--out", split}), 2, "which the command reads");
  }
  EXPECT_EQ(read_file(split), before);
}

TEST(Cli, WhatCannotBePrintedIsAFailure) {
  const auto in_shell = [](const std::string& words) {
    return run_child({"/bin/sh", "-c", std::string(LANET_PROGRAM) + " " + words});
  };
  for (const char* words : {"models --json > /dev/full", "--help > /dev/full"})
    expect_one_line(in_shell(words), 1, "standard output");
  const ChildResult left = in_shell("--help | head -n 1");
  EXPECT_EQ(left.exit_code, 0) << left.output;
}

TEST(Cli, AnEmptyPlaceIsRefused) {
  expect_one_line(lanet({"data", "show", "x", "--out", ""}), 2, "--out: lanet found an empty text");
  expect_one_line(lanet({"data", "split", "x", "--manifest-out="}), 2, "--manifest-out");
}

TEST(Cli, APipeIsNoMissingFile) {
  if (!has_trainer()) GTEST_SKIP() << "built without LibTorch";
  const TemporaryFolder folder;
  const std::string pipe = (folder / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  expect_one_line(lanet({"predict", pipe, "x.png"}), 2, "a pipe");
  expect_one_line(lanet({"train", pipe}), 2, "a pipe");
}

TEST(Cli, NothingIsLeftOfADeidentificationWithoutAFile) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "bad.dcm", "text");
  const std::string out = (folder / "out").string(), key = (folder / "key").string();
  const std::vector<std::string> start{"dicom", "deidentify", (folder / "bad.dcm").string(), "--out", out};
  const ChildResult bad = lanet(start);
  EXPECT_EQ(bad.exit_code, 1) << bad.output;
  EXPECT_TRUE(has(bad.output, "1 could not be used")) << bad.output;
  EXPECT_FALSE(fs::exists(out));
  std::vector<std::string> same = start;
  same.insert(same.end(), {"--key", key, "--mapping", key});
  expect_one_line(lanet(same), 2, "--mapping");
  EXPECT_FALSE(fs::exists(key));
}

TEST(Cli, AnAuditIsNotWrittenOverFilesOfOthers) {
  const TemporaryFolder folder;
  write_phantoms(folder / "data", 4);
  write_file_atomically(folder / "data/audit.json", "mine");
  expect_one_line(lanet({"data", "audit", (folder / "data").string()}), 1, "--overwrite");
  EXPECT_EQ(read_file(folder / "data/audit.json"), "mine");
  EXPECT_EQ(lanet({"data", "audit", (folder / "data").string(), "--overwrite"}).exit_code, 0);
  EXPECT_EQ(lanet({"data", "audit", (folder / "data").string()}).exit_code, 0) << "now it is lanet's";
}

TEST(Cli, TrainEvaluatePredictReport) {
  if (!has_trainer()) GTEST_SKIP() << "built without LibTorch";
  const TemporaryFolder folder;
  write_phantoms(folder / "data", 16, 4, 4);
  const std::string data = (folder / "data").string(), runs = folder.path().string();
  const auto train = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{"train",  "lite0_256",
                                       "--data", data,
                                       "--name", "run",
                                       "--set",  "runs_folder='" + runs + "'",
                                       "--set",  "input_size=64",
                                       "--set",  "stage1.epochs=1",
                                       "--set",  "stage2.epochs=1",
                                       "--set",  "compute.threads=1",
                                       "--set",  "compute.kernels=own"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return lanet(arguments);
  };
  expect_one_line(train({"--set", "stage2.epoch=3"}), 2, "stage2.epochs");
  expect_one_line(train({"--set", "weights=/no/such.pth"}), 1, "weights import");
  fs::remove_all(folder / "run");
  const ChildResult trained = train({});
  ASSERT_EQ(trained.exit_code, 0) << trained.output;
  expect_one_line(train({}), 2, "--resume");
  EXPECT_EQ(train({"--resume"}).exit_code, 0) << "a finished run has nothing left to do";
  const std::string model = (folder / "run/best.safetensors").string();
  const ChildResult evaluated = lanet({"evaluate", model, "--data", data, "--by", "class", "--bootstrap", "50"});
  ASSERT_EQ(evaluated.exit_code, 0) << evaluated.output;
  EXPECT_TRUE(has(evaluated.output, "accuracy"));
  const ChildResult ensemble =
      lanet({"evaluate", model, model, "--data", data, "--subset", "val", "--bootstrap", "0", "--json"});
  EXPECT_TRUE(has(ensemble.output, "lanet-evaluation")) << ensemble.output;

  write_file_atomically(folder / "broken.png", "broken");
  const std::string out = (folder / "out").string();
  const ChildResult predicted = lanet({"predict", model, data, (folder / "broken.png").string(), "--out", out});
  EXPECT_EQ(predicted.exit_code, 1);
  EXPECT_TRUE(has(predicted.output, "16 findings")) << predicted.output;
  EXPECT_TRUE(has(predicted.output, "broken.png"));
  const Finding finding = finding_from_json(read_file(folder / "out/phantom_3.json"), "x");
  EXPECT_EQ(finding.mask.width, 110);
  EXPECT_EQ(read_csv(folder / "out/findings.csv").rows.size(), 16U);
  EXPECT_EQ(lanet({"predict", model, (folder / "data/phantom_0.png").string(), "--out", out}).exit_code, 0);
  expect_one_line(lanet({"predict", data + "/split.csv", data, "--out", out}), 1, "split.csv");

  expect_done({"report", (folder / "run").string()});
  EXPECT_TRUE(has(read_file(folder / "run/report.html"), "Confusion matrix"));
}

}  // namespace
}  // namespace lanet
