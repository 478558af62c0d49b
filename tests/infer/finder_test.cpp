#include "infer/finder.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "finding/finding_json.hpp"
#include "image/codec.hpp"
#include "image/region.hpp"
#include "infer/predict_paths.hpp"
#include "support/fake_engine.hpp"
#include "support/phantom.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

const std::vector<std::string> kClasses{"benign", "malignant"};

/// Left half of the grid is lesion.
RawPrediction left_half(double malignant) {
  RawPrediction raw;
  raw.class_probabilities = {1 - malignant, malignant};
  raw.grid = {2, 2, {1, 0, 1, 0}};
  return raw;
}

FinderInput input_of(std::int64_t height, std::int64_t width) { return {"x", make_image(height, width, 1), {}, {}}; }

bool doubts_have(const Finding& finding, const std::string& part) {
  return std::any_of(finding.doubts.begin(), finding.doubts.end(), [&](const auto& doubt) { return has(doubt, part); });
}

TEST(CalibratedSoftmax, ByHand) {
  const std::vector<double> logits{0, std::log(3.0)};
  EXPECT_NEAR(calibrated_softmax(logits, 1)[1], 0.75, 1e-12);
  // Temperature 2: exp(ln 3 / 2) = sqrt 3
  EXPECT_NEAR(calibrated_softmax(logits, 2)[1], std::sqrt(3.0) / (1 + std::sqrt(3.0)), 1e-12);
  EXPECT_NEAR(calibrated_softmax(std::vector<double>{1000, 0}, 1)[0], 1, 1e-12);
}

const std::vector<std::string> kWithNormal{"benign", "malignant", "normal"};

/// The left half of the grid at `height`, and a class of three.
RawPrediction three_classes(std::vector<double> probabilities, float height = 1) {
  RawPrediction raw;
  raw.class_probabilities = std::move(probabilities);
  raw.grid = {2, 2, {height, 0, height, 0}};
  return raw;
}

Finding found_of(const RawPrediction& raw, const std::vector<std::string>& classes, double lesion_threshold = 0.5) {
  FakeEngine engine(classes, 32, [raw](const Image&) { return raw; });
  engine.change_info().card.lesion_threshold = lesion_threshold;
  return Finder(engine, {}).find(input_of(200, 200)).finding;
}

TEST(Finder, ANormalImageHasNoLesionAndAnEmptyMask) {
  FakeEngine engine(kWithNormal, 32, [](const Image&) { return three_classes({0.1, 0.1, 0.8}, 0.7F); });
  const Prediction prediction = Finder(engine, {}).find(input_of(200, 200));
  EXPECT_TRUE(prediction.normal);
  EXPECT_EQ(prediction.finding.decision, "normal");
  EXPECT_TRUE(prediction.finding.lesions.empty());
  EXPECT_EQ(prediction.finding.mask.height, 200) << "the location is known: nowhere";
  EXPECT_EQ(area(prediction.finding.mask), 0);
  EXPECT_EQ(prediction.grid.values[0], 0.7F) << "the heat map stays";
  EXPECT_FALSE(doubts_have(prediction.finding, "normal")) << "0.7 in the mask is no clear lesion";
  // The same picture with a lesion: P(lesion) = 0.6.
  const Finding lesion = found_of(three_classes({0.1, 0.5, 0.4}), kWithNormal);
  EXPECT_EQ(lesion.decision, "malignant");
  EXPECT_EQ(lesion.lesions.size(), 1U);
  EXPECT_EQ(area(lesion.mask), 200 * 100);
}

TEST(Finder, AClearLesionInANormalImageIsDoubted) {
  const Finding finding = found_of(three_classes({0.05, 0.05, 0.9}), kWithNormal);
  EXPECT_EQ(finding.decision, "normal");
  EXPECT_TRUE(finding.lesions.empty());
  EXPECT_TRUE(doubts_have(finding, "classified as normal, but the mask of the model shows a clear lesion"));
}

TEST(Finder, TheLesionThresholdIsTheModelsUnlessItIsNamed) {
  // P(lesion) = 0.3
  const RawPrediction raw = three_classes({0.2, 0.1, 0.7});
  EXPECT_EQ(found_of(raw, kWithNormal).decision, "normal");
  EXPECT_EQ(found_of(raw, kWithNormal, 0.2).decision, "benign");
  FakeEngine engine(kWithNormal, 32, [raw](const Image&) { return raw; });
  FinderOptions options;
  options.lesion_threshold = 0.25;
  EXPECT_EQ(Finder(engine, options).find(input_of(50, 50)).finding.decision, "benign");
  options.threshold = 0.3;  // P(malignant) among lesions: 0.1 / 0.3
  EXPECT_EQ(Finder(engine, options).find(input_of(50, 50)).finding.decision, "malignant");
  options.lesion_threshold = 1.1;
  EXPECT_THROW(Finder(engine, options), ConfigError);
}

TEST(Finder, NearTheLesionThresholdThereIsDoubt) {
  const std::string words = "the probability of a lesion is within 0.1 of the threshold";
  EXPECT_TRUE(doubts_have(found_of(three_classes({0.3, 0.11, 0.59}), kWithNormal), words));
  EXPECT_TRUE(doubts_have(found_of(three_classes({0.5, 0.09, 0.41}), kWithNormal), words));
  EXPECT_FALSE(doubts_have(found_of(three_classes({0.3, 0.05, 0.65}), kWithNormal), words));
  // At a threshold of 0.04 only half of it counts as near: from 0.02 to 0.06.
  const std::string near = "the probability of a lesion is within 0.020 of the threshold";
  EXPECT_TRUE(doubts_have(found_of(three_classes({0.03, 0, 0.97}), kWithNormal, 0.04), near));
  EXPECT_FALSE(doubts_have(found_of(three_classes({0.01, 0, 0.99}), kWithNormal, 0.04), "of a lesion"));
  // Among lesions 0.45 / 0.9 is at the threshold of the positive class; of a normal image it is not asked.
  const std::string positive = "the probability of malignant among lesions is within 0.1 of the threshold";
  EXPECT_TRUE(doubts_have(found_of(three_classes({0.45, 0.45, 0.1}), kWithNormal), positive));
  EXPECT_FALSE(doubts_have(found_of(three_classes({0.1, 0.1, 0.8}), kWithNormal), positive));
  EXPECT_FALSE(doubts_have(found_of(three_classes({0.2, 0.7, 0.1}), kWithNormal), positive));
}

TEST(Finder, ALesionThatTheMaskLacksIsDoubtedAsEver) {
  const Finding finding = found_of(three_classes({0.1, 0.8, 0.1}, 0.2F), kWithNormal);
  EXPECT_EQ(finding.decision, "malignant");
  EXPECT_TRUE(doubts_have(finding, "classified as malignant, but no lesion was found"));
}

TEST(Finder, NormalAgainstAMoreProbableClassIsDoubted) {
  const std::string words = "classified as normal, but another class is more probable";
  // A lesion at 0.6 and 0.4 is below the threshold of 0.75 each time.
  EXPECT_TRUE(doubts_have(found_of(three_classes({0.1, 0.5, 0.4}), kWithNormal, 0.75), words));
  EXPECT_FALSE(doubts_have(found_of(three_classes({0.2, 0.2, 0.6}), kWithNormal, 0.75), words));
}

TEST(Finder, OneOfTwoPartsMayBeNormal) {
  // Left dark: normal, though malignant is more probable there than in the benign right part.
  FakeEngine engine(kWithNormal, 32, [](const Image& image) {
    return image.at(16, 16) > 100 ? three_classes({0.85, 0.05, 0.1}) : three_classes({0, 0.3, 0.7});
  });
  FinderInput input = input_of(100, 200);
  for (std::int64_t row = 0; row < 100; ++row)
    for (std::int64_t column = 100; column < 200; ++column)
      input.image.pixels[static_cast<std::size_t>(row * input.image.width + column)] = 200;
  input.parts = {{{0, 0, 80, 60}, {}}, {{100, 0, 200, 80}, {}}};
  const Prediction prediction = Finder(engine, {}).find(input);
  const Finding& finding = prediction.finding;
  EXPECT_EQ(finding.parts[0].decision, "normal");
  EXPECT_EQ(finding.decision, "benign") << "any lesion is more suspicious than none";
  EXPECT_EQ(finding.decision_part, 2);
  EXPECT_FALSE(prediction.normal);
  ASSERT_EQ(finding.lesions.size(), 1U);
  EXPECT_EQ(finding.lesions[0].part, 2);
  EXPECT_EQ(area(finding.mask), 50 * 80) << "nothing of the normal part";
}

TEST(Finder, TheMaskIsAtTheOriginalSize) {
  FakeEngine engine(kClasses, 32, [](const Image& image) {
    EXPECT_EQ(image.height, 32);
    EXPECT_EQ(image.width, 32);
    EXPECT_EQ(image.channels, 1);
    return left_half(0.9);
  });
  Finder finder(engine, {});
  const Finding finding = finder.find(input_of(100, 200)).finding;
  EXPECT_EQ(finding.decision, "malignant");
  EXPECT_NEAR(finding.probability_of("malignant"), 0.9, 1e-12);
  ASSERT_EQ(finding.mask.height, 100);
  ASSERT_EQ(finding.mask.width, 200);
  // The bilinear edge between the two columns lies in the middle.
  EXPECT_EQ(*bounding_box(finding.mask), (Box{0, 0, 100, 100}));
  ASSERT_EQ(finding.lesions.size(), 1U);
  EXPECT_GT(finding.lesions[0].mean_probability, 0.5);
}

TEST(Finder, EveryPartIsLookedAtForItself) {
  // The left part is dark and benign, the right one bright and malignant.
  FakeEngine engine(kClasses, 32, [](const Image& image) { return left_half(image.at(16, 16) > 100 ? 0.9 : 0.2); });
  Finder finder(engine, {});
  FinderInput input = input_of(100, 200);
  for (std::int64_t row = 0; row < 100; ++row)
    for (std::int64_t column = 100; column < 200; ++column)
      input.image.pixels[static_cast<std::size_t>(row * input.image.width + column)] = 200;
  input.parts = {{{0, 0, 80, 60}, PixelSpacing{0.1, 0.1}}, {{100, 0, 200, 80}, PixelSpacing{0.2, 0.2}}};
  input.doubts = {"known before"};
  const Prediction prediction = finder.find(input);
  const Finding& finding = prediction.finding;
  ASSERT_EQ(finding.parts.size(), 2U);
  EXPECT_EQ(finding.decision, "malignant");
  EXPECT_EQ(finding.decision_part, 2);
  EXPECT_NEAR(finding.probability_of("malignant"), 0.9, 1e-12);
  EXPECT_EQ(finding.parts[0].decision, "benign");
  EXPECT_EQ(prediction.region, (Box{100, 0, 200, 80}));
  ASSERT_EQ(finding.lesions.size(), 2U);  // half of each part, the larger one first
  EXPECT_EQ(finding.lesions[0].box, (Box{100, 0, 150, 80}));
  EXPECT_EQ(finding.lesions[0].part, 2);
  EXPECT_EQ(finding.lesions[1].box, (Box{0, 0, 40, 60}));
  EXPECT_EQ(finding.lesions[1].part, 1);
  EXPECT_NEAR(*finding.lesions[0].area_mm2, 50 * 80 * 0.04, 1e-9);
  EXPECT_NEAR(*finding.lesions[1].area_mm2, 40 * 60 * 0.01, 1e-9);
  EXPECT_FALSE(finding.spacing);
  EXPECT_EQ(area(finding.mask), 50 * 80 + 40 * 60);
  EXPECT_EQ(finding.doubts.front(), "known before");
  EXPECT_TRUE(doubts_have(finding, "part 1: "));
  // Whatever it stands with in a batch.
  const FinderInput plain = input_of(50, 50);
  const std::vector<FinderInput> inputs{plain, input, plain};
  const std::vector<Prediction> all = finder.find_all(inputs);
  EXPECT_EQ(to_json(all[1].finding), to_json(finding));
  EXPECT_TRUE(all[2].finding.parts.empty());
  EXPECT_EQ(finding_from_json(to_json(finding), "x").lesions[1].part, 1);
}

TEST(Finder, APartThatIsCalledMalignantGoesBeforeOneThatIsOnlyMoreProbable) {
  const std::vector<std::string> three{"normal", "benign", "malignant"};
  FakeEngine engine(three, 32, [](const Image& image) {
    RawPrediction raw;
    raw.class_probabilities =
        image.at(16, 16) > 100 ? std::vector<double>{0.34, 0.3, 0.36} : std::vector<double>{0.02, 0.6, 0.38};
    return raw;
  });
  Finder finder(engine, {});
  FinderInput input = input_of(10, 20);
  for (std::int64_t row = 0; row < 10; ++row)
    for (std::int64_t column = 10; column < 20; ++column)
      input.image.pixels[static_cast<std::size_t>(row * input.image.width + column)] = 200;
  input.parts = {{{0, 0, 10, 10}, {}}, {{10, 0, 20, 10}, {}}};
  const Finding finding = finder.find(input).finding;
  EXPECT_EQ(finding.decision, "malignant");
  EXPECT_EQ(finding.decision_part, 2);
}

TEST(Finder, ARegionIsUndoneInTheFinding) {
  FakeEngine engine(kClasses, 32, [](const Image&) { return left_half(0.9); });
  Finder finder(engine, {});
  FinderInput input = input_of(100, 200);
  input.region = Box{50, 20, 150, 80};
  const Prediction prediction = finder.find(input);
  EXPECT_EQ(*bounding_box(prediction.finding.mask), (Box{50, 20, 100, 80}));
  EXPECT_EQ(prediction.finding.lesions[0].box, (Box{50, 20, 100, 80}));
  EXPECT_EQ(prediction.finding.mask.width, 200);
}

TEST(Finder, TheThresholdDecides) {
  FakeEngine engine(kClasses, 32, [](const Image&) { return left_half(0.4); });
  engine.change_info().card.threshold = 0.3;
  Finder by_model(engine, {});
  EXPECT_EQ(by_model.find(input_of(50, 50)).finding.decision, "malignant");
  FinderOptions options;
  options.threshold = 0.45;
  Finder by_user(engine, options);
  const Finding finding = by_user.find(input_of(50, 50)).finding;
  EXPECT_EQ(finding.decision, "benign");
  EXPECT_TRUE(doubts_have(finding, "threshold"));
  options.threshold = 1.5;
  EXPECT_THROW(Finder(engine, options), ConfigError);
}

TEST(Finder, TheMaskThresholdIsTheModelsUnlessItIsNamed) {
  FakeEngine engine(kClasses, 32, [](const Image&) {
    RawPrediction raw = left_half(0.9);
    for (float& value : raw.grid.values) value *= 0.4F;  // nowhere above 0.4
    return raw;
  });
  EXPECT_TRUE(Finder(engine, {}).find(input_of(50, 50)).finding.lesions.empty());
  engine.change_info().card.mask_threshold = 0.3;
  EXPECT_EQ(Finder(engine, {}).find(input_of(50, 50)).finding.lesions.size(), 1U);
  EXPECT_EQ(Finder(engine, {}).find(input_of(50, 50)).mask_threshold, 0.3);
  FinderOptions options;
  options.mask_threshold = 0.5;
  EXPECT_TRUE(Finder(engine, options).find(input_of(50, 50)).finding.lesions.empty());
}

TEST(Finder, DoubtsSayWhatIsOdd) {
  FakeEngine engine({"benign", "malignant", "normal"}, 32, [](const Image&) {
    RawPrediction raw;
    raw.class_probabilities = {0.1, 0.1, 0.8};
    raw.grid = {3, 3, {0, 0, 0, 0, 1, 0, 0, 0, 0}};
    return raw;
  });
  Finder finder(engine, {});
  const Finding finding = finder.find(input_of(60, 60)).finding;
  EXPECT_EQ(finding.decision, "normal");
  EXPECT_FALSE(doubts_have(finding, "but a lesion was found"));
  EXPECT_TRUE(doubts_have(finding, "smaller than"));
  EXPECT_FALSE(doubts_have(finding, "border"));
}

TEST(Finder, ManyImagesGoInBatchesInOrder) {
  FakeEngine engine(kClasses, 32, [](const Image& image) { return left_half(image.pixels[0] / 255.0); });
  FinderOptions options;
  options.batch_size = 4;
  Finder finder(engine, options);
  std::vector<FinderInput> inputs;
  for (int index = 0; index < 10; ++index) {
    inputs.push_back(input_of(40, 40));
    std::fill(inputs.back().image.pixels.begin(), inputs.back().image.pixels.end(), static_cast<std::uint8_t>(index));
  }
  const auto predictions = finder.find_all(inputs);
  EXPECT_EQ(engine.calls, 3);
  for (int index = 0; index < 10; ++index)
    EXPECT_NEAR(predictions[static_cast<std::size_t>(index)].finding.probability_of("malignant"), index / 255.0, 1e-12);
}

TEST(Finder, ANetworkWithoutMaskGivesNone) {
  FakeEngine engine(kClasses, 32, [](const Image&) { return RawPrediction{{0.2, 0.8}, {}}; });
  Finder finder(engine, {});
  const Finding finding = finder.find(input_of(200, 200)).finding;
  EXPECT_TRUE(finding.mask.empty());
  EXPECT_TRUE(finding.lesions.empty());
  EXPECT_FALSE(doubts_have(finding, "disagree"));
  EXPECT_FALSE(doubts_have(finding, "mask"));
}

std::unique_ptr<Engine> constant(double malignant, ProbabilityMap grid) {
  RawPrediction raw{{1 - malignant, malignant}, std::move(grid)};
  return std::make_unique<FakeEngine>(kClasses, 32, [raw](const Image&) { return raw; });
}

TEST(Ensemble, IsTheMeanOnTheFinestGrid) {
  for (const bool fine_first : {true, false}) {
    std::vector<std::unique_ptr<Engine>> members;
    ProbabilityMap fine{2, 2, {1, 0, 1, 0}}, coarse{1, 1, {0.5F}};
    members.push_back(constant(0.2, fine_first ? fine : coarse));
    members.push_back(constant(0.6, fine_first ? coarse : fine));
    const auto ensemble = make_ensemble(std::move(members));
    const Image image = make_image(32, 32, 1);
    const RawPrediction mean = ensemble->run({&image, 1}).front();
    EXPECT_NEAR(mean.class_probabilities[1], 0.4, 1e-12);
    ASSERT_EQ(mean.grid.values.size(), 4U);
    EXPECT_NEAR(mean.grid.values[0], 0.75, 1e-6);
    EXPECT_NEAR(mean.grid.values[1], 0.25, 1e-6);
  }
}

TEST(Ensemble, ThresholdsAreMeansToo) {
  std::vector<std::unique_ptr<Engine>> members;
  for (const double threshold : {0.2, 0.4}) {
    auto member = std::make_unique<FakeEngine>(kWithNormal, 32, [](const Image&) { return RawPrediction{}; });
    member->change_info().card.lesion_threshold = threshold;
    members.push_back(std::move(member));
  }
  EXPECT_NEAR(make_ensemble(std::move(members))->info().card.lesion_threshold, 0.3, 1e-12);
}

TEST(Ensemble, OnlyOfModelsThatFitTogether) {
  EXPECT_THROW(make_ensemble({}), ConfigError);
  std::vector<std::unique_ptr<Engine>> sizes;
  sizes.push_back(constant(0.2, {}));
  sizes.push_back(std::make_unique<FakeEngine>(kClasses, 64, [](const Image&) { return left_half(0.1); }));
  EXPECT_THROW(make_ensemble(std::move(sizes)), ConfigError);
}

TEST(PredictPaths, GoesOnPastBadFiles) {
  const TemporaryFolder folder;
  write_png(folder / "in/a.png", make_phantom(true, 1).image);
  write_png(folder / "in/deep/a.png", make_phantom(false, 2).image);
  write_png(folder / "in/a_mask.png", make_phantom(true, 1).mask);
  write_file_atomically(folder / "in/broken.png", "\x89PNG\r\n\x1a\nnothing");
  write_file_atomically(folder / "in/notes.txt", "text");
  write_file_atomically(folder / "in/empty.DCM", "");
  std::vector<std::string> problems;
  const auto files = collect_paths({(folder / "in").string(), (folder / "none.png").string()}, problems);
  ASSERT_EQ(problems.size(), 1U);
  ASSERT_EQ(files.size(), 4U);  // without the mask and the text
  FakeEngine engine(kClasses, 32, [](const Image&) { return left_half(0.9); });
  Finder finder(engine, {});
  SilentProgress silent;
  std::vector<std::string> seen;
  const auto result = predict_paths(finder, files, {folder / "out", true, true}, silent,
                                    [&](const Finding& finding) { seen.push_back(finding.image_id); });
  EXPECT_EQ(result.findings, 2);
  EXPECT_EQ(seen, (std::vector<std::string>{"a", "deep/a"}));
  ASSERT_EQ(result.problems.size(), 2U);
  EXPECT_TRUE(has(result.problems[0], "broken.png"));
  EXPECT_TRUE(has(result.problems[1], "empty.DCM")) << "a damaged file is named, not passed over";
  const Finding read = finding_from_json(read_file(folder / "out/deep/a.json"), "x");
  EXPECT_EQ(read.decision, "malignant");
  EXPECT_EQ(area(read_mask(folder / "out/a_mask.png")), area(read.mask));
  EXPECT_EQ(read_image(folder / "out/a_overlay.png").channels, 3);
  EXPECT_EQ(read_csv(folder / "out/findings.csv").rows.size(), 2U);
  EXPECT_FALSE(std::filesystem::exists(folder / "out/broken.json"));
}

TEST(PredictPaths, ManyImagesStreamThroughInOrder) {
  const TemporaryFolder folder;
  std::vector<PathToPredict> files;
  for (int index = 0; index < 21; ++index) {  // two batches and a part
    Image image = make_image(40, 40, 1);
    std::fill(image.pixels.begin(), image.pixels.end(), static_cast<std::uint8_t>(10 * index));
    const std::string name = "image" + std::to_string(index);
    write_png(folder / ("in/" + name + ".png"), image);
    files.push_back({folder / ("in/" + name + ".png"), name});
  }
  files.insert(files.begin() + 12, {folder / "in/gone.png", "gone"});
  FakeEngine engine(kClasses, 32, [](const Image& image) { return left_half(image.pixels[0] / 255.0); });
  Finder finder(engine, {});
  SilentProgress silent;
  const auto result = predict_paths(finder, files, {folder / "out", true, false}, silent);
  EXPECT_EQ(result.findings, 21);
  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_TRUE(has(result.problems[0], "gone.png"));
  const CsvTable table = read_csv(folder / "out/findings.csv");
  ASSERT_EQ(table.rows.size(), 21U);
  for (int index = 0; index < 21; ++index) {
    const std::string name = "image" + std::to_string(index);
    EXPECT_EQ(table.rows[static_cast<std::size_t>(index)][1], name);
    EXPECT_NEAR(finding_from_json(read_file(folder / ("out/" + name + ".json")), "x").probability_of("malignant"),
                10 * index / 255.0, 1e-6);
  }
}

TEST(CollectPaths, PatternsAndEqualNames) {
  const TemporaryFolder folder;
  for (const char* name : {"one/a.png", "two/a.png", "two/b.jpg"})
    write_png(folder / name, make_phantom(true, 1).image);
  std::vector<std::string> problems;
  const auto files = collect_paths({(folder / "*/a.png").string(), (folder / "two/a.png").string()}, problems);
  ASSERT_EQ(files.size(), 2U);  // each file once
  EXPECT_EQ(files[0].name, "a");
  EXPECT_EQ(files[1].name, "a_2");
  EXPECT_TRUE(problems.empty());
}

TEST(Views, EveryViewIsUndone) {
  // What the engine says of a view is the view itself: turned back, the mean is the image.
  const auto engine = [] {
    return std::make_unique<FakeEngine>(kClasses, 3, [](const Image& image) {
      RawPrediction raw{{1 - image.pixels[0] / 255.0, image.pixels[0] / 255.0}, {3, 3, {}}};
      raw.grid.values.assign(image.pixels.begin(), image.pixels.end());
      return raw;
    });
  };
  Image image = make_image(3, 3, 1);
  image.pixels = {10, 20, 30, 40, 50, 60, 70, 80, 90};
  for (const int count : {1, 2, 4, 8}) {
    const auto views = make_views(engine(), count);
    const auto predictions = views->run(std::vector<Image>{image, image});
    ASSERT_EQ(predictions.size(), 2U);
    for (std::size_t index = 0; index < 9; ++index)
      EXPECT_FLOAT_EQ(predictions[1].grid.values[index], image.pixels[index]) << count;
    // The first pixel of the views: 10; 30 mirrored; 70 and 90 upside down; the same four turned.
    const double corner = count == 1 ? 10 : count == 2 ? 20 : 50;
    EXPECT_NEAR(predictions[0].class_probabilities[1], corner / 255, 1e-12) << count;
  }
  EXPECT_THROW(make_views(engine(), 3), ConfigError);
}

}  // namespace
}  // namespace lanet
