// Folder layouts, mask names and mask values as people bring them (docs/layouts.md).
#include <algorithm>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include "core/child_process.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "dataset/import.hpp"
#include "dataset/imported_sample.hpp"
#include "dataset/nnunet_labels.hpp"
#include "dicom/attributes.hpp"
#include "dicom/result_objects.hpp"
#include "image/codec.hpp"
#include "image/region.hpp"
#include "support/dicom_bytes.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kHeight = 40, kWidth = 60;
const fs::path kOdd = fs::path(LANET_SOURCE_DIR) / "tests/image/data";

class Layouts : public testing::Test {
 protected:
  TemporaryFolder folder_;

  void picture(const std::string& name) { write_png(folder_ / name, make_image(kHeight, kWidth, 1)); }
  void mask(const std::string& name) { write_png(folder_ / name, fill_boxes({{12, 10, 36, 26}}, kHeight, kWidth)); }
  void copy_odd(const std::string& odd, const std::string& name) {
    fs::create_directories((folder_ / name).parent_path());
    fs::copy_file(kOdd / odd, folder_ / name);
  }
  Imported import(const std::string& format = "auto", const std::vector<std::string>& mask_values = {}) {
    ImportOptions options;
    options.source = folder_.path();
    options.format = format;
    options.mask_values = mask_values;
    return import_dataset(options);
  }
};

std::string all(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

TEST_F(Layouts, MaskNamesInEveryCaseAndWithOtherExtensions) {
  int number = 0;
  std::vector<std::string> ids;
  for (const char* name : {"_mask.png", "_Mask.PNG", "-mask.png", "_gt.png", "_GT.bmp", "_seg.png", "_segmentation.png",
                           "_label.png", "_tumor.png", " mask.png", "_mask_1.png"}) {
    const std::string stem = "case" + std::to_string(++number);
    picture("benign/" + stem + ".png");
    mask("benign/" + stem + name);
    ids.push_back("benign/" + stem);
  }
  for (const char* odd : {"mask_float.tiff", "mask_jpeg.jpg"}) {
    const std::string stem = "case" + std::to_string(++number);
    picture("benign/" + stem + ".png");
    copy_odd(odd, "benign/" + stem + "_mask" + (std::string(odd).ends_with("jpg") ? ".jpeg" : ".TIF"));
    ids.push_back("benign/" + stem);
  }
  const Imported imported = import();
  EXPECT_EQ(imported.manifest.samples.size(), ids.size()) << all(imported.report.problems);
  for (const std::string& id : ids) {
    const Sample& sample = sample_of(imported, id);
    EXPECT_EQ(sample.location, Location::kMask) << id;
    EXPECT_NEAR(static_cast<double>(area(*read_truth_mask(imported.manifest, sample, kHeight, kWidth))), 384, 16) << id;
  }
  EXPECT_TRUE(imported.report.unused.empty()) << all(imported.report.unused);
}

TEST_F(Layouts, FoldersOfMasks) {
  picture("benign/a.png");
  mask("benign/masks/a.png");
  picture("benign/b.png");
  mask("benign/masks/b_mask.png");
  picture("malignant/images/c.png");
  mask("malignant/Labels/c.png");
  const Imported imported = import();
  ASSERT_EQ(imported.manifest.samples.size(), 3U);
  for (const char* id : {"benign/a", "benign/b", "malignant/c"})
    EXPECT_EQ(sample_of(imported, id).location, Location::kMask) << id;
  EXPECT_EQ(sample_of(imported, "malignant/c").class_name, "malignant");
}

TEST_F(Layouts, ImagesBesideMasksHaveNoClass) {
  picture("images/a.png");
  mask("masks/a.png");
  picture("images/b.png");
  write_png(folder_ / "masks/b.png", make_mask(kHeight, kWidth));
  const Imported imported = import();
  EXPECT_EQ(sample_of(imported, "a").class_name, "");
  EXPECT_EQ(sample_of(imported, "a").location, Location::kMask);
  EXPECT_EQ(sample_of(imported, "b").location, Location::kEmpty);  // no class says that there is a lesion
  EXPECT_TRUE(has(imported.report.taken_for, "folders of images and of masks")) << imported.report.taken_for;
}

TEST_F(Layouts, ImagesAndMasksWithClassesInside) {
  picture("images/benign/a.png");
  mask("masks/benign/a.png");
  picture("images/malignant/a.png");
  mask("masks/malignant/a.png");
  const Imported imported = import();
  EXPECT_EQ(sample_of(imported, "benign/a").masks, (std::vector<std::string>{"masks/benign/a.png"}));
  EXPECT_EQ(sample_of(imported, "malignant/a").masks, (std::vector<std::string>{"masks/malignant/a.png"}));
}

TEST_F(Layouts, SubsetsAreNoClasses) {
  for (const char* subset : {"Train", "valid", "test"})
    for (const char* name : {"benign", "malignant"}) {
      picture(std::string(subset) + "/" + name + "/a.png");
      mask(std::string(subset) + "/" + name + "/a_mask.png");
    }
  const Imported imported = import();
  ASSERT_EQ(imported.manifest.samples.size(), 6U);
  for (const Sample& sample : imported.manifest.samples)
    EXPECT_TRUE(sample.class_name == "benign" || sample.class_name == "malignant") << sample.class_name;
  ASSERT_TRUE(imported.split);
  EXPECT_EQ(imported.split->subset_of.at("Train/benign/a"), "train");
  EXPECT_EQ(imported.split->subset_of.at("valid/malignant/a"), "val");
}

TEST_F(Layouts, PatientsAndWrappers) {
  picture("Dataset (1)/benign/P1/a.png");
  picture("Dataset (1)/benign/P1/b.png");
  picture("Dataset (1)/Malignant/P2/a.png");
  const Imported imported = import();
  EXPECT_EQ(sample_of(imported, "Dataset (1)/benign/P1/a").class_name, "benign");
  EXPECT_EQ(sample_of(imported, "Dataset (1)/benign/P1/b").group, "P1");
  EXPECT_EQ(sample_of(imported, "Dataset (1)/Malignant/P2/a").class_name, "Malignant");
}

TEST_F(Layouts, PatientsAboveTheirClasses) {
  for (const char* name : {"P001/benign/a", "P001/benign/b", "P002/malignant/a", "P003/benign/a", "P003/malignant/a"})
    picture(std::string(name) + ".png");
  const Imported imported = import();
  ASSERT_EQ(imported.manifest.samples.size(), 5U);
  EXPECT_EQ(sample_of(imported, "P001/benign/b").group, "P001");
  EXPECT_EQ(sample_of(imported, "P003/malignant/a").group, "P003");
  EXPECT_EQ(sample_of(imported, "P003/malignant/a").class_name, "malignant");
  EXPECT_TRUE(has(imported.report.taken_for, "the folders above the classes are 3 patients, each in one subset: P001"))
      << imported.report.taken_for;
}

TEST_F(Layouts, NumbersAreThePatientsWhereEachHasOneClass) {
  for (const char* name : {"train/17/benign/a", "train/18/malignant/a"}) picture(std::string(name) + ".png");
  EXPECT_EQ(sample_of(import(), "train/17/benign/a").group, "17");
}

TEST_F(Layouts, FoldersOfOtherThingsAboveTheClassesAreSaid) {
  for (const char* set : {"2023", "2024"})
    for (const char* name : {"/benign/a.png", "/malignant/b.png"}) picture(std::string(set) + name);
  const Imported imported = import();
  EXPECT_EQ(sample_of(imported, "2023/benign/a").group, "");
  EXPECT_TRUE(has(all(imported.report.notes), "folders above the class folders")) << all(imported.report.notes);
  EXPECT_TRUE(has(all(imported.report.notes), "2023, 2024")) << all(imported.report.notes);
}

TEST_F(Layouts, MasksInNumberedFoldersAreUnited) {
  for (const char* name : {"a", "b", "c"}) picture(std::string("images/") + name + ".png");
  const auto box = [&](const std::string& name, const Box& where) {
    write_png(folder_ / name, fill_boxes({where}, kHeight, kWidth));
  };
  box("masks_1/a.png", {0, 0, 10, 10});
  box("masks_2/a.png", {20, 0, 30, 20});
  box("masks_2/b.png", {20, 0, 30, 20});
  box("masks_1/c.png", {0, 0, 10, 10});
  box("gt/c.png", {20, 0, 30, 20});  // another kind of mask, which says the same or something else
  const Imported imported = import();
  const auto lesion = [&](const std::string& id) {
    return area(*read_truth_mask(imported.manifest, sample_of(imported, id), kHeight, kWidth));
  };
  EXPECT_EQ(lesion("a"), 300);  // 10 x 10 and 10 x 20
  EXPECT_EQ(lesion("b"), 200);
  EXPECT_EQ(sample_of(imported, "c").masks.size(), 1U);
  EXPECT_TRUE(has(all(imported.report.notes), "a: 2 masks united")) << all(imported.report.notes);
}

TEST_F(Layouts, EqualStemsAreDistinct) {
  picture("benign/a.png");
  write_file_atomically(folder_ / "benign/a.jpg", encode_jpeg(make_image(kHeight, kWidth, 1)));
  const Imported imported = import();
  EXPECT_EQ(imported.manifest.samples.size(), 2U);
  EXPECT_NE(imported.manifest.samples[0].id, imported.manifest.samples[1].id);
}

TEST_F(Layouts, PicturesOfWhichNothingIsKnownAreRefused) {
  picture("images/a.png");
  picture("images/b.png");
  const std::string refused = refusal<DataError>([&] { import(); });
  EXPECT_TRUE(has(refused, "2 pictures without class folders and without masks")) << refused;
  EXPECT_TRUE(has(refused, "--images")) << refused;
}

TEST_F(Layouts, FilesThatAreNotUsedAreCountedByCause) {
  picture("benign/a.png");
  write_file_atomically(folder_ / "benign/._a.png", "macOS");
  mask("benign/lost_mask.png");
  write_file_atomically(folder_ / "benign/b.npz", "PK");
  write_file_atomically(folder_ / "benign/c.heic", "heic");
  write_file_atomically(folder_ / "notes.txt", "text");
  write_png(folder_ / "benign/a_overlay.png", make_image(kHeight, kWidth, 3), PngMark::kResult);
  fs::create_symlink(folder_ / "gone", folder_ / "benign/link.png");
  const Imported imported = import();
  ASSERT_EQ(imported.manifest.samples.size(), 1U);
  const std::string unused = all(imported.report.unused);
  for (const char* part : {"1 hidden file", "1 mask of no image", "(.npz)", "(.heic)", "other file (.txt): notes.txt",
                           "1 result of lanet: benign/a_overlay.png"})
    EXPECT_TRUE(has(unused, part)) << part << " in\n" << unused;
  EXPECT_TRUE(has(all(imported.report.problems), "link.png: lanet found a link that leads nowhere"))
      << all(imported.report.problems);
}

TEST_F(Layouts, NamedFoldersOfImagesAndMasks) {
  picture("us/a.png");
  mask("outlines/a.png");
  ImportOptions options;
  options.source = folder_.path();
  options.images = "us";
  options.masks = "outlines";
  const Imported imported = import_dataset(options);
  EXPECT_EQ(sample_of(imported, "a").masks, (std::vector<std::string>{"outlines/a.png"}));
  options.masks = "none";
  EXPECT_THROW(import_dataset(options), ConfigError);
}

TEST_F(Layouts, MasksThatAllowNoReadingAreSaidAndNeverLearnedFrom) {
  const std::vector<std::pair<std::string, std::string>> doubtful = {{"mask_classes_0_1_2.png", "0, 1 and 2"},
                                                                     {"mask_255_0.png", "as if inverted"},
                                                                     {"mask_empty.png", "is empty"},
                                                                     {"mask_red_and_green.png", "green and red"}};
  for (const auto& entry : doubtful) {
    picture("malignant/" + entry.first.substr(0, entry.first.find('.')) + "x.png");
    copy_odd(entry.first, "malignant/" + entry.first.substr(0, entry.first.find('.')) + "x_mask.png");
  }
  const Imported imported = import();
  EXPECT_EQ(imported.report.problems.size(), doubtful.size()) << all(imported.report.problems);
  for (const auto& [name, part] : doubtful) EXPECT_TRUE(has(all(imported.report.problems), part)) << part;
  for (const Sample& sample : imported.manifest.samples) EXPECT_EQ(sample.location, Location::kNone) << sample.id;
}

TEST_F(Layouts, NamedMaskValuesStayWithTheDataSet) {
  picture("benign/a.png");
  copy_odd("mask_classes_0_1_2.png", "benign/a_mask.png");
  Imported imported = import("auto", {"2"});
  const fs::path list = folder_ / kManifestName;
  write_manifest(list, imported.manifest);
  const Manifest manifest = read_manifest(list);
  ASSERT_EQ(manifest.samples.at(0).location, Location::kMask);
  EXPECT_EQ(area(*read_truth_mask(manifest, manifest.samples[0], kHeight, kWidth)), 60);
  EXPECT_EQ(manifest.samples[0].extra.at(kMaskValuesColumn), "2");
}

TEST_F(Layouts, UnusualValuesAreNoted) {
  picture("benign/a.png");
  copy_odd("mask_0_2.png", "benign/a_mask.png");
  const Imported imported = import();
  EXPECT_EQ(sample_of(imported, "benign/a").location, Location::kMask);
  EXPECT_TRUE(has(all(imported.report.notes), "the values 0 and 2; 2 is taken for the lesion"))
      << all(imported.report.notes);
}

TEST_F(Layouts, NnUnet) {
  for (const char* name : {"a", "b", "c"}) picture("imagesTr/" + std::string(name) + "_0000.png");
  picture("imagesTr/a_0001.png");
  Image labels = make_image(kHeight, kWidth, 1);
  labels.pixels[500] = 1;
  write_png(folder_ / "labelsTr/a.png", labels);
  labels.pixels[500] = 2;
  write_png(folder_ / "labelsTr/b.png", labels);
  labels.pixels[500] = 0;
  write_png(folder_ / "labelsTr/c.png", labels);
  write_file_atomically(folder_ / "dataset.json",
                        R"({"channel_names": {"0": "US"}, "labels": {"background": 0, "benign": 1, "malignant": 2},
                            "numTraining": 3, "file_ending": ".png"})");
  const Imported imported = import();
  ASSERT_EQ(imported.manifest.samples.size(), 3U);
  EXPECT_EQ(sample_of(imported, "a").class_name, "benign");
  EXPECT_EQ(sample_of(imported, "b").class_name, "malignant");
  EXPECT_EQ(sample_of(imported, "c").class_name, "normal");
  EXPECT_EQ(sample_of(imported, "c").location, Location::kEmpty);
  EXPECT_EQ(area(*read_truth_mask(imported.manifest, sample_of(imported, "b"), kHeight, kWidth)), 1);
  EXPECT_TRUE(has(all(imported.report.unused), "imagesTr/a_0001.png")) << all(imported.report.unused);
}

TEST(NnUnetLabels, BothVersionsAndWhatIsNone) {
  const NnUnetLabels second =
      parse_nnunet_labels(R"({"labels": {"background": 0, "whole": [1, 2], "rim": 1, "core": 2, "ignore": 3}})", "x");
  EXPECT_EQ(second.lesions, (std::map<std::int64_t, std::string>{{1, "rim"}, {2, "core"}}));
  const NnUnetLabels first = parse_nnunet_labels(R"({"labels": {"0": "background", "1": "tumor"}})", "x");
  EXPECT_EQ(first.lesions, (std::map<std::int64_t, std::string>{{1, "tumor"}}));
  EXPECT_FALSE(first.name_classes());
  EXPECT_TRUE(second.name_classes());
  for (const char* wrong : {"", "[]", "{}", R"({"labels": []})", R"({"labels": {"a": "b"}})",
                            R"({"labels": {"a": -1}})", R"({"labels": {"a": 1.5}})", R"({"labels": {"a": [[1]]}})"})
    EXPECT_THROW(parse_nnunet_labels(wrong, "x"), DataError) << wrong;
}

TEST_F(Layouts, BusUclm) {
  picture("images/ABCD_000.png");
  picture("images/ABCD_001.png");
  picture("images/EFGH_000.png");
  copy_odd("mask_red_opaque.png", "masks/ABCD_000.png");
  copy_odd("mask_empty.png", "masks/ABCD_001.png");
  copy_odd("mask_red_and_green.png", "masks/EFGH_000.png");
  write_file_atomically(folder_ / "INFO.csv",
                        "Image;Resolution;Label;Doppler;Marks;Combined\nABCD_000.png;60x40;Malignant;No;Yes;No\n"
                        "ABCD_001.png;60x40;Normal;No;No;No\nEFGH_000.png;60x40;Benign;Yes;No;No\n");
  const Imported imported = import();
  ASSERT_EQ(imported.manifest.samples.size(), 3U) << all(imported.report.problems);
  EXPECT_EQ(sample_of(imported, "ABCD_000").class_name, "malignant");
  EXPECT_EQ(sample_of(imported, "ABCD_000").group, sample_of(imported, "ABCD_001").group);
  EXPECT_EQ(sample_of(imported, "ABCD_000").extra.at("marks"), "yes");
  EXPECT_EQ(sample_of(imported, "ABCD_000").extra.at("device"), "Siemens ACUSON S2000");
  EXPECT_EQ(sample_of(imported, "ABCD_001").location, Location::kEmpty);
  EXPECT_EQ(area(*read_truth_mask(imported.manifest, sample_of(imported, "EFGH_000"), kHeight, kWidth)), 384);
}

TEST_F(Layouts, LabelMeIsRecognisedByItsFiles) {
  picture("a.png");
  write_file_atomically(folder_ / "a.json",
                        R"({"version": "5.0.1", "flags": {}, "shapes": [{"label": "benign", "shape_type": "polygon",
      "points": [[5, 5], [20, 5], [20, 20], [5, 20]]}], "imagePath": "a.png", "imageHeight": 40, "imageWidth": 60})");
  ImportOptions options;
  options.source = folder_.path();
  options.out = folder_ / "out";
  EXPECT_TRUE(import_dataset(options).report.taken_for.starts_with("labelme"));
}

TEST_F(Layouts, VideosOfPatientsWithAnyName) {
  for (const char* name : {"benign/P1/clip.mp4", "benign/P2/clip.mp4", "malignant/50% comp.mp4", "malignant/c%03d.mp4",
                           "malignant/a.mp4", "malignant/a.avi", "malignant/-x.mp4", "malignant/a:b.mp4"}) {
    fs::create_directories((folder_ / "in" / name).parent_path());
    const fs::path plain = folder_ / ("plain" + fs::path(name).extension().string());
    ASSERT_EQ(run_child({"ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i",
                         "testsrc=size=64x48:rate=3:duration=1", "-c:v", "mpeg4", plain.string()})
                  .exit_code,
              0);
    fs::rename(plain, folder_ / "in" / name);
  }
  write_file_atomically(folder_ / "out/frames/malignant_a/000001.png", "the user's");
  ImportOptions options;
  options.source = folder_ / "in";
  options.out = folder_ / "out";
  const Imported imported = import_dataset(options);
  EXPECT_EQ(read_file(folder_ / "out/frames/malignant_a/000001.png"), "the user's");
  ASSERT_EQ(imported.report.problems.size(), 1U) << all(imported.report.problems);
  EXPECT_TRUE(has(imported.report.problems[0], "frames/malignant_a/000001.png")) << imported.report.problems[0];
  EXPECT_EQ(imported.manifest.samples.size(), 7U * 3);
  std::set<std::string> groups;
  for (const Sample& sample : imported.manifest.samples) {
    groups.insert(sample.group);
    EXPECT_NO_THROW(read_image(imported.manifest.image_path(sample))) << sample.image;
  }
  EXPECT_TRUE(groups.contains("P1") && groups.contains("P2"));
  EXPECT_EQ(groups.size(), 7U);
  options.every = 2;  // the frames of the first import are lanet's own
  EXPECT_EQ(import_dataset(options).manifest.samples.size(), 7U * 2);
  EXPECT_FALSE(fs::exists(folder_ / "out/frames/benign_P1_clip/000002.png"));
  EXPECT_TRUE(fs::exists(folder_ / "out/frames/benign_P1_clip/000003.png")) << "called by its place in the video";
}

TEST_F(Layouts, DicomImagesWithTheirSegmentations) {
  const DicomFile source = DicomFile::parse(ultrasound_file({}), "x");
  put(source.dataset(), DCM_PatientID, "Doe");
  Finding finding;
  finding.classes = {{"benign", 0.25}, {"malignant", 0.75}};
  finding.decision = "malignant";
  finding.mask = make_mask(4, 6);
  for (const std::size_t pixel : {0U, 1U, 6U, 7U}) finding.mask.pixels[pixel] = 1;
  finding.lesions = measure_lesions(finding.mask, std::nullopt);
  const std::string own = make_result_objects(source, {&finding, 1}, {"model", "0123"}).at(0).bytes;
  const DicomFile truth = DicomFile::parse(own, "seg");
  put(truth.dataset(), DCM_Manufacturer, "A reader");
  write_file_atomically(folder_ / "in/malignant/IM1", file_bytes(source.dataset()));
  write_file_atomically(folder_ / "in/malignant/SEG1", file_bytes(truth.dataset()));
  write_file_atomically(folder_ / "in/malignant/RESULT", own);
  ImportOptions options;
  options.source = folder_ / "in";
  options.out = folder_ / "out";
  const Imported imported = import_dataset(options);
  ASSERT_EQ(imported.manifest.samples.size(), 1U) << all(imported.report.problems);
  const Sample& sample = imported.manifest.samples[0];
  EXPECT_EQ(sample.class_name, "malignant");
  EXPECT_TRUE(sample.group.starts_with("patient-")) << sample.group;
  EXPECT_EQ(sample.extra.at("dicom_file"), "malignant/IM1");
  EXPECT_EQ(read_truth_mask(imported.manifest, sample, 4, 6)->pixels, finding.mask.pixels);
  EXPECT_EQ(read_image(imported.manifest.image_path(sample)).pixels, source.frame(0).pixels);
  EXPECT_TRUE(has(all(imported.report.notes), "1 result of lanet left out"));
}

TEST(RealData, BusUclmIsReadWhole) {
  const fs::path data = fs::path(LANET_SOURCE_DIR) / "../shared/data/BUS-UCLM";
  if (!fs::exists(data)) GTEST_SKIP() << "BUS-UCLM is not here";
  ImportOptions options;
  options.source = data;
  const Imported imported = import_dataset(options);
  EXPECT_EQ(imported.manifest.samples.size(), 339U);
  EXPECT_TRUE(imported.report.problems.empty()) << all(imported.report.problems);
  std::map<std::string, int> with_mask;
  for (const Sample& sample : imported.manifest.samples) with_mask[sample.class_name] += !sample.masks.empty();
  EXPECT_EQ(with_mask, (std::map<std::string, int>{{"benign", 87}, {"malignant", 45}, {"normal", 0}}));
}

}  // namespace
}  // namespace lanet
