#include "infer/predict_paths.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/csv.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "dicom/dicom_file.hpp"
#include "finding/finding_json.hpp"
#include "image/codec.hpp"
#include "image/region.hpp"
#include "infer/result_algorithm.hpp"
#include "support/archive_bytes.hpp"
#include "support/dicom_bytes.hpp"
#include "support/fake_engine.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

TEST(PredictPaths, DicomFramesWithTheirRegionSizesAndSummary) {
  const TemporaryFolder folder;
  UltrasoundObject object;
  object.rows = 40;
  object.columns = 60;
  object.frames = 11;  // more than a batch
  write_file_atomically(folder / "in/1.2.3.4", ultrasound_file(object));
  object.frames = 1;
  write_file_atomically(folder / "in/still.dcm", ultrasound_file(object));
  write_file_atomically(folder / "in/broken.dcm", ultrasound_file(object).substr(0, 700));
  std::vector<std::string> problems;
  const auto files = collect_paths({(folder / "in").string()}, problems);
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(files[0].name, "1.2.3.4");  // a UID is no name with an extension
  FakeEngine engine({"benign", "malignant"}, 32, [](const Image&) {
    return RawPrediction{{0.2, 0.8}, {2, 2, {1, 0, 1, 0}}};
  });
  Finder finder(engine, {});
  SilentProgress silent;
  const auto result = predict_paths(finder, files, {folder / "out", true, true}, silent);
  EXPECT_EQ(result.findings, 12);
  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_TRUE(has(result.problems[0], "broken.dcm"));
  const auto summary = nlohmann::json::parse(read_file(folder / "out/1.2.3.4_summary.json"));
  EXPECT_EQ(summary.at("frames"), 11);
  EXPECT_EQ(summary.at("frame_ms"), 40);
  EXPECT_FALSE(std::filesystem::exists(folder / "out/still_summary.json"));
  const CsvTable table = read_csv(folder / "out/findings.csv");
  ASSERT_EQ(table.rows.size(), 12U);
  EXPECT_EQ(table.rows[10][1], "1.2.3.4_f0011");
  // The region is columns 1..4 and rows 0..2 (.2 x .1 mm); its left half is lesion.
  const auto cell = [&](const char* column) {
    return table.rows[11][static_cast<std::size_t>(table.require_column(column))];
  };
  EXPECT_EQ(cell("x1"), "1");
  EXPECT_EQ(cell("x2"), "3");
  EXPECT_EQ(cell("area_px"), "6");
  EXPECT_EQ(cell("longest_mm"), "0.50");  // the diagonal of 2 x .2 and 3 x .1 mm
}

TEST(PredictPaths, ANormalImageIsSaidToHaveNoLesionInEveryFile) {
  const TemporaryFolder folder;
  UltrasoundObject object;
  object.rows = 120;
  object.columns = 160;
  write_file_atomically(folder / "in/still.dcm", ultrasound_file(object));
  std::vector<std::string> problems;
  const auto files = collect_paths({(folder / "in").string()}, problems);
  FakeEngine engine({"benign", "malignant", "normal"}, 32, [](const Image&) {
    return RawPrediction{{0.1, 0.1, 0.8}, {2, 2, {1, 0, 1, 0}}};
  });
  Finder finder(engine, {});
  SilentProgress silent;
  const PredictPathsOptions options{folder / "out", true, true, true};
  const auto result = predict_paths(finder, files, options, silent);
  EXPECT_TRUE(has(predict_summary(result, engine.info(), options), "1 normal;"));
  const Finding finding = finding_from_json(read_file(folder / "out/still.json"), "x");
  EXPECT_EQ(finding.decision, "normal");
  EXPECT_TRUE(finding.lesions.empty());
  EXPECT_EQ(area(read_mask(folder / "out/still_mask.png")), 0);
  EXPECT_FALSE(std::filesystem::exists(folder / "out/still_seg.dcm"));
  EXPECT_TRUE(has(read_file(folder / "out/still_sr.dcm"), "No lesion found"));
  EXPECT_TRUE(is_dicom_file(folder / "out/still_sc.dcm"));
  const CsvTable table = read_csv(folder / "out/findings.csv");
  const auto cell = [&](const char* column) {
    return table.rows[0][static_cast<std::size_t>(table.require_column(column))];
  };
  EXPECT_EQ(cell("decision"), "normal");
  EXPECT_EQ(cell("lesions"), "0");
  EXPECT_EQ(cell("area_px"), "");
  EXPECT_TRUE(has(read_file(folder / "out/findings.html"), "no lesion found"));
}

TEST(PredictPaths, DicomObjectsOfFilesAndOfArchives) {
  const TemporaryFolder folder;
  UltrasoundObject object;
  object.rows = 40;
  object.columns = 60;
  object.frames = 11;
  const std::string cine = ultrasound_file(object);
  const std::string picture = encode_png(make_image(20, 30, 1));
  write_file_atomically(folder / "in/cine", cine);
  write_file_atomically(
      folder / "in/packed.zip",
      pack_archive("zip", {{"cine", cine}, {"DICOMDIR", cine}, {"a/b.png", picture}, {"b.txt", "b"}}));
  write_file_atomically(folder / "in/empty.tar", pack_archive("tar", {{"b.txt", "b"}}));
  write_file_atomically(folder / "in/letter.odt", pack_archive("zip", {{"b.png", picture}}));
  std::vector<std::string> problems;
  const auto files = collect_paths({(folder / "in").string()}, problems);
  ASSERT_EQ(files.size(), 3U);  // an office document is none, though it is a zip
  FakeEngine engine({"benign", "malignant"}, 32, [](const Image&) {
    return RawPrediction{{0.2, 0.8}, {2, 2, {1, 0, 1, 0}}};
  });
  Finder finder(engine, {});
  SilentProgress silent;
  const auto result = predict_paths(finder, files, {folder / "out", false, false, true}, silent);
  EXPECT_EQ(result.findings, 11 + 11 + 1);
  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_TRUE(has(result.problems[0], "empty.tar: lanet found no image in the archive")) << result.problems[0];
  for (const char* kind : {"seg", "sr", "sc"})
    for (const char* name : {"out/cine_", "out/cine_2_"}) {
      const auto path = folder / (name + std::string(kind) + ".dcm");
      EXPECT_TRUE(is_dicom_file(path)) << path;
      EXPECT_EQ(read_file(folder / ("out/cine_" + std::string(kind) + ".dcm")).size(), read_file(path).size());
    }
  EXPECT_EQ(DicomFile::open(folder / "out/cine_seg.dcm").info().frames, 11);
  EXPECT_TRUE(std::filesystem::exists(folder / "out/a/b.json"));
  EXPECT_FALSE(std::filesystem::exists(folder / "out/a/b_sr.dcm"));
}

Image scale() {
  Image image = make_image(40, 60, 1);
  for (std::size_t place = 0; place < image.pixels.size(); ++place)
    image.pixels[place] = static_cast<std::uint8_t>(place % 200);
  return image;
}

Mask spot() {
  Mask mask = make_mask(40, 60);
  for (std::size_t place = 600; place < 1200; ++place) mask.pixels[place] = 1;
  return mask;
}

TEST(CollectInputs, WhatIsAMaskTheContentSaysToo) {
  const TemporaryFolder folder;
  for (const char* name : {"p1.png", "p1_mass.png", "p2.png", "lesion_gt.png"}) write_png(folder / name, scale());
  write_png(folder / "p2_mask.png", spot());
  write_png(folder / "p1_mask.png", spot());
  const CollectedPaths collected = collect_inputs({folder.path().string()});
  EXPECT_EQ(collected.files.size(), 4U);
  ASSERT_EQ(collected.notes.size(), 1U);
  EXPECT_TRUE(has(collected.notes[0], "2 files were left out as masks (")) << collected.notes[0];
  EXPECT_EQ(collect_inputs({(folder / "p1_mask.png").string()}).files.size(), 1U) << "it is named";
}

TEST(CollectInputs, PicturesWithoutExtensionAndFilesOfOtherKinds) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "noext", encode_png(scale()));
  write_file_atomically(folder / "IM.0001", encode_jpeg(scale()));
  write_file_atomically(folder / "README", "text");
  write_file_atomically(folder / "list.CSV", "a,b");
  const CollectedPaths collected = collect_inputs({folder.path().string()});
  EXPECT_EQ(collected.files.size(), 2U);
  ASSERT_EQ(collected.notes.size(), 1U);
  EXPECT_EQ(collected.notes[0], "2 files of other kinds were left out (.csv, without an extension)");
}

TEST(InputStream, ABadFileIsOneLine) {
  const TemporaryFolder folder;
  const std::string zip = pack_archive("zip", {{"a.png", encode_png(scale())}});
  write_file_atomically(folder / "cut.zip", zip.substr(0, 60));
  write_file_atomically(folder / "empty.zip", "");
  write_file_atomically(folder / "text.dcm", "text");
  const CollectedPaths collected = collect_inputs({folder.path().string()});
  ASSERT_EQ(collected.files.size(), 3U);
  InputStream stream(collected.files);
  const InputBatch batch = stream.next(8);
  EXPECT_TRUE(stream.at_end());
  ASSERT_EQ(batch.problems.size(), 3U) << join_text(batch.problems, "\n");
  EXPECT_TRUE(has(batch.problems[0], "cut.zip")) << batch.problems[0];
  EXPECT_TRUE(has(batch.problems[1], "an empty file but needs a zip")) << batch.problems[1];
  EXPECT_TRUE(has(batch.problems[2], "needs a DICOM file")) << batch.problems[2];
}

TEST(InputStream, MasksInArchivesAreCounted) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "in.zip", pack_archive("zip", {{"a.png", encode_png(scale())},
                                                                {"a_mask.png", encode_png(spot())},
                                                                {"a_label.png", encode_png(scale())},
                                                                {"noext", encode_png(scale())}}));
  const CollectedPaths collected = collect_inputs({folder.path().string()});
  InputStream stream(collected.files);
  const InputBatch batch = stream.next(8);
  EXPECT_EQ(batch.inputs.size(), 3U);
  EXPECT_EQ(batch.masks_left_out, 1U);
  EXPECT_TRUE(batch.problems.empty());
}

TEST(ResultAlgorithm, NameAndDigest) {
  EngineInfo info;
  info.model_id = "breast_lite0.safetensors 0123456789ab";
  EXPECT_EQ(result_algorithm(info).model, "breast_lite0");
  EXPECT_EQ(result_algorithm(info).model_version, "0123456789ab");
  info.model_id = "mean of a.safetensors 01, b.safetensors 02";
  EXPECT_EQ(result_algorithm(info).model, info.model_id);
  EXPECT_EQ(result_algorithm(info).model_version.size(), 12U);
}

}  // namespace
}  // namespace lanet
