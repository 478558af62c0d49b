#include <regex>

#include <gtest/gtest.h>

#include "core/child_process.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "evaluate/score.hpp"
#include "finding/finding_json.hpp"
#include "report/figure.hpp"
#include "report/page.hpp"
#include "report/run_report.hpp"
#include "support/fake_engine.hpp"
#include "support/phantom_dataset.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

TEST(Base64, PublishedVectors) {
  // RFC 4648.
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

TEST(Page, EscapesWhatIsText) {
  EXPECT_TRUE(has(page("<x>", ""), "<title>&lt;x&gt;</title>"));
  EXPECT_TRUE(has(table({"a&b"}, {{{"<td>", false}}}), "&lt;td&gt;"));
  EXPECT_EQ(section("empty", ""), "");
}

TEST(DrawFigure, LeavesSvgAndItsNumbers) {
  const TemporaryFolder folder;
  const Figure figure{
      "line", "A line", {"x", "y"}, {{"0", "1"}, {"1", ""}, {"2", "3"}}, "plot $data using 1:2 with lines\n"};
  EXPECT_TRUE(has(draw_figure(figure, folder.path()), "<svg"));
  EXPECT_EQ(read_file(folder / "line.csv"), "x,y\n0,1\n1,\n2,3\n");
  EXPECT_TRUE(has(read_file(folder / "line.svg"), "</svg>"));
  Figure wrong = figure;
  wrong.commands = "no such command\n";
  EXPECT_THROW(draw_figure(wrong, folder.path()), SystemError);
}

/// A run folder as training and evaluation leave it.
void write_run(const fs::path& run, const fs::path& data, bool evaluated) {
  const Manifest manifest = write_phantoms(data, 12);
  write_file_atomically(run / "record.json",
                        R"({"format":"lanet-run","version":1,"name":"a <run>","command":["lanet","train","x"],
    "lanet":"0","torch":"2","seed":1,"started":"s","finished":null,"device":"d","precision":"fp32","threads":1,
    "data":{"manifest":")" + (data / kManifestName).string() +
                            R"(","split":"s","fingerprint":"f","classes":["benign","malignant"],
    "positive":"malignant","subsets":[{"name":"train","images":10,"groups":9,"with_location":8}]},"weights":["w"],
    "stages":[{"stage":1,"epochs":2,"best_epoch":1,"best_val_loss":0.5,"best_val_accuracy":null,"data_wait_share":0,"seconds":3}]})");
  write_file_atomically(run / "settings.toml", "name = 'x' # <&>\n");
  write_file_atomically(run / "metrics.csv",
                        "stage,epoch,train_loss,val_loss,val_accuracy,val_auc,val_jsi\n1,1,0.7,0.6,,,0.2\n2,1,0.6,0.5,"
                        "0.7,0.8,0.3\n2,2,0.5,0.45,0.75,0.85,0.4\n");
  if (!evaluated) return;
  FakeEngine engine({"benign", "malignant"}, 64, [](const Image& image) {
    const double p = image.pixels[100] / 255.0;
    return RawPrediction{{1 - p, p}, {3, 3, {0, 0.3F, 0, 0.2F, 0.9F, 0.3F, 0, 0.4F, 0}}};
  });
  Finder finder(engine, {});
  SilentProgress silent;
  std::vector<std::string> ids;
  for (const Sample& sample : manifest.samples) ids.push_back(sample.id);
  std::string findings;
  const auto results = score_dataset(finder, manifest, ids, silent,
                                     [&](const Sample&, const Image&, const Prediction& prediction,
                                         const ImageResult&) { findings += to_json_line(prediction.finding) + "\n"; });
  EvaluationOptions options;
  options.bootstrap_samples = 20;
  write_file_atomically(run / "predictions_test.csv", results_to_csv(results, {"benign", "malignant"}));
  write_file_atomically(run / "findings_test.jsonl", findings);
  write_file_atomically(run / "evaluation_test.json",
                        evaluation_json(evaluate(results, {"benign", "malignant"}, "malignant", options)));
}

TEST(RunReport, IsOneSelfContainedPage) {
  const TemporaryFolder folder;
  write_run(folder / "run", folder / "data", true);
  const std::string html = read_file(write_run_report(read_run_folder(folder / "run")));
  for (const char* part : {"a &lt;run&gt;", "ROC of malignant", "Best", "Worst", "Confusion matrix",
                           "data:image/jpeg;base64", "Research use only", "# &lt;&amp;&gt;"})
    EXPECT_TRUE(has(html, part)) << part;
  // Nothing is loaded from elsewhere (names of XML formats are no loads).
  EXPECT_FALSE(std::regex_search(html, std::regex("(src|href)=\"(https?:)?//")));
  EXPECT_FALSE(has(html, "<script"));
  for (const char* name : {"roc", "jsi_histogram", "froc", "reliability", "loss", "validation"}) {
    EXPECT_TRUE(fs::exists(folder.path() / "run/figures" / (std::string(name) + ".svg"))) << name;
    EXPECT_TRUE(fs::exists(folder.path() / "run/figures" / (std::string(name) + ".csv"))) << name;
  }
}

TEST(RunReport, SaysWhatIsMissing) {
  const TemporaryFolder folder;
  write_run(folder / "run", folder / "data", false);
  EXPECT_TRUE(has(read_file(write_run_report(read_run_folder(folder / "run"))), "Not evaluated yet"));
  write_run(folder / "run", folder / "data", true);
  fs::remove_all(folder / "data");
  EXPECT_TRUE(has(read_file(write_run_report(read_run_folder(folder / "run"))), "No pictures"));
}

TEST(RunFolder, BrokenOnesAreRefused) {
  const TemporaryFolder folder;
  EXPECT_THROW(read_run_folder(folder.path()), DataError);
  write_run(folder / "run", folder / "data", true);
  EXPECT_THROW(read_run_folder(folder / "run", "val"), DataError);
  write_file_atomically(folder / "run/evaluation_test.json", "{");
  EXPECT_THROW(read_run_folder(folder / "run"), DataError);
  write_file_atomically(folder / "run/record.json", "{}");
  EXPECT_THROW(read_run_folder(folder / "run"), DataError);
}

}  // namespace
}  // namespace lanet
