// The programs as users meet them: exit codes, one line an error, every command's help and example.
#include <filesystem>
#include <regex>

#include <gtest/gtest.h>

#include "core/child_process.hpp"
#include "core/csv.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "finding/finding_json.hpp"
#include "support/phantom_dataset.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

ChildResult lanet(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), LANET_PROGRAM);
  return run_child(arguments);
}

bool has_trainer() { return fs::exists(fs::path(LANET_PROGRAM).parent_path() / "lanet-train"); }

/// One line that begins with the program's name.
void expect_one_line(const ChildResult& result, int code, const std::string& part) {
  EXPECT_EQ(result.exit_code, code) << result.output;
  EXPECT_TRUE(has(result.output, part)) << result.output;
  const std::size_t line = result.output.find("lanet: ");
  ASSERT_NE(line, std::string::npos) << result.output;
  EXPECT_EQ(result.output.find('\n', line), result.output.size() - 1) << result.output;
}

TEST(Cli, EveryCommandHasHelpAndAnExample) {
  std::vector<std::vector<std::string>> commands{{"data", "import"},       {"data", "audit"}, {"data", "split"},
                                                 {"data", "show"},         {"report"},        {"experiment"},
                                                 {"experiment", "status"}, {"models"},        {"dicom", "send"}};
  if (has_trainer())
    for (const char* name : {"train", "predict", "evaluate", "explain", "export", "calibrate", "quantize"})
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
  expect_one_line(lanet({"data", "import", "/", "--format", "busii", "--out", "/tmp/x"}), 2, "busi");
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
  EXPECT_EQ(lanet({"data", "split", data, "--keep-location", "50"}).exit_code, 2);
  const std::string half = (folder / "half.csv").string();
  expect_done({"data", "split", data, "--val", "0.2", "--test", "0.2", "--keep-location", "50", "--as-boxes",
               "--manifest-out", half});
  const std::string text = read_file(half);
  EXPECT_TRUE(has(text, "none"));
  EXPECT_TRUE(has(text, "boxes"));
  EXPECT_FALSE(has(text, "_mask.png"));
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
