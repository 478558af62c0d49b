#include "dicom/result_objects.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "dicom/lesion_frame.hpp"
#include "dicom/library.hpp"
#include "dicom/own_result.hpp"
#include "support/dicom_bytes.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

const ResultAlgorithm kAlgorithm{"model", "0123"};

/// A finding of 4 x 6 px with the pixels that are not blank.
Finding finding_of(const std::string& picture) {
  Finding finding;
  finding.classes = {{"benign", 0.25}, {"malignant", 0.75}};
  finding.decision = "malignant";
  finding.mask = make_mask(4, 6);
  for (std::size_t pixel = 0; pixel < picture.size(); ++pixel) finding.mask.pixels[pixel] = picture[pixel] != ' ';
  finding.lesions = measure_lesions(finding.mask, std::nullopt);
  return finding;
}
const std::string kTwoLesions =
    "##    "
    "##   #"
    "#     "
    "     #";

std::vector<std::string> kinds_of(const std::vector<ResultObject>& objects) {
  std::vector<std::string> kinds;
  for (const ResultObject& object : objects) kinds.push_back(object.kind);
  return kinds;
}

TEST(DerivedUid, IsAUuidOfItsParts) {
  const std::string parts[] = {"a", "b"}, joined[] = {"ab"}, moved[] = {"ab", ""};
  const std::string uid = derived_uid(parts);
  // SHA-256 of "1:a1:b" begins with facdde7abf1eac5b301273ab2e282f79; digit 13 becomes the version, 8, digit 17 the
  // variant: facdde7abf1e8c5bb01273ab2e282f79 as a decimal number.
  EXPECT_EQ(uid, "2.25.333375932222145012773997809258604277625");
  EXPECT_EQ(uid, derived_uid(parts));
  EXPECT_NE(derived_uid(joined), uid);
  EXPECT_NE(derived_uid(joined), derived_uid(moved));
}

TEST(LesionFrame, MasksComeBackBitForBit) {
  const Finding finding = finding_of(kTwoLesions);
  const LesionFrame packed = pack_lesions(3, finding);
  ASSERT_EQ(packed.segments.size(), 3U);  // of 5, 1 and 1 px
  EXPECT_EQ(packed.segments[0][0].bits.size(), 1U);
  EXPECT_TRUE(packed.finding.mask.empty());
  EXPECT_EQ(unpack_mask(packed).pixels, finding.mask.pixels);
}

TEST(LesionFrame, ManyLesionsShareTheLastSegment) {
  Finding finding;
  finding.mask = make_mask(1, 24);
  for (std::int64_t column = 0; column < 24; column += 2) finding.mask.at(0, column) = 1;
  const LesionFrame packed = pack_lesions(0, finding);
  ASSERT_EQ(packed.segments.size(), kMostSegments);
  EXPECT_EQ(packed.segments.back().size(), 12 - kMostSegments + 1);
  EXPECT_EQ(unpack_mask(packed).pixels, finding.mask.pixels);
}

TEST(ResultObjects, AreMadeOnceForAFinding) {
  const DicomFile source = DicomFile::parse(ultrasound_file({}), "x");
  const Finding finding = finding_of(kTwoLesions);
  const auto objects = make_result_objects(source, {&finding, 1}, kAlgorithm);
  EXPECT_EQ(kinds_of(objects), (std::vector<std::string>{"seg", "sr", "sc"}));
  Finding renamed = finding;
  renamed.image_id = "another file name";
  Finding other = finding;
  other.classes[0].probability = 0.24;
  const auto again = make_result_objects(source, {&renamed, 1}, kAlgorithm);
  const auto others = make_result_objects(source, {&other, 1}, kAlgorithm);
  for (std::size_t index = 0; index < objects.size(); ++index) {
    EXPECT_TRUE(is_dicom(objects[index].bytes));
    EXPECT_EQ(objects[index].sop_instance_uid, again[index].sop_instance_uid);
    EXPECT_NE(objects[index].sop_instance_uid, others[index].sop_instance_uid);
  }
}

TEST(ResultObjects, OnlyWhatIsWantedAndThere) {
  const DicomFile source = DicomFile::parse(ultrasound_file({}), "x");
  const Finding with = finding_of(kTwoLesions), without = finding_of("");
  EXPECT_EQ(kinds_of(make_result_objects(source, {&without, 1}, kAlgorithm)), (std::vector<std::string>{"sr", "sc"}));
  EXPECT_EQ(kinds_of(make_result_objects(source, {&with, 1}, kAlgorithm, {true, false, false})),
            (std::vector<std::string>{"seg"}));
  Finding classified;  // of a network without masks
  classified.classes = with.classes;
  EXPECT_EQ(kinds_of(make_result_objects(source, {&classified, 1}, kAlgorithm)),
            (std::vector<std::string>{"sr", "sc"}));
}

TEST(ResultObjects, SayWhichPartOfTheScreenALesionLiesIn) {
  // Two parts side by side, 3 columns each; the lesions touch at the border, and are two.
  Finding finding = finding_of(
      "  ##  "
      "  ##  "
      "   #  "
      "      ");
  finding.parts = {{{0, 0, 3, 4}, {{"benign", 0.9}, {"malignant", 0.1}}, "benign", std::nullopt},
                   {{3, 0, 6, 4}, finding.classes, "malignant", std::nullopt}};
  finding.decision_part = 2;
  finding.lesions = {finding.lesions[0], finding.lesions[0]};
  finding.lesions[0].part = 2;
  finding.lesions[1].part = 1;
  const LesionFrame packed = pack_lesions(0, finding);
  ASSERT_EQ(packed.segments.size(), 2U);
  EXPECT_EQ(packed.segments[0][0].box, (Box{3, 0, 4, 3}));
  EXPECT_EQ(unpack_mask(packed).pixels, finding.mask.pixels);
  const DicomFile source = DicomFile::parse(ultrasound_file({}), "x");
  const auto objects = make_result_objects(source, {&finding, 1}, kAlgorithm);
  EXPECT_TRUE(has(objects[0].bytes, "Lesion 1 in part 2"));
  EXPECT_TRUE(has(objects[0].bytes, "Lesion 2 in part 1"));
  EXPECT_TRUE(has(objects[1].bytes, "Part 1 of 2: columns 0 to 2, rows 0 to 3"));
  EXPECT_TRUE(has(objects[1].bytes, "those of the most suspicious one. Part 2 of 2: columns 3 to 5"));
}

/// Decided as normal: the location is known, and nothing is marked.
Finding normal_finding() {
  Finding finding = finding_of("");
  finding.classes = {{"benign", 0.1}, {"malignant", 0.1}, {"normal", 0.8}};
  finding.decision = "normal";
  return finding;
}

TEST(ResultObjects, ANormalImageSaysThatNoLesionWasFound) {
  const DicomFile source = DicomFile::parse(ultrasound_file({}), "x");
  const Finding normal = normal_finding();
  const auto objects = make_result_objects(source, {&normal, 1}, kAlgorithm);
  ASSERT_EQ(kinds_of(objects), (std::vector<std::string>{"sr", "sc"})) << "no segmentation without a segment";
  const std::string& report = objects[0].bytes;
  EXPECT_TRUE(has(report, "281900007") && has(report, "No abnormality detected"));
  EXPECT_TRUE(has(report, "17621005")) << "the decision, Normal";
  EXPECT_TRUE(has(report, "No lesion found"));
  EXPECT_FALSE(has(report, "4147007")) << "no mass";
  EXPECT_FALSE(has(report, "Lesion 1"));
  // An empty mask alone is another thing: a lesion is said to be there, and was not found.
  const Finding empty = finding_of("");
  EXPECT_FALSE(has(make_result_objects(source, {&empty, 1}, kAlgorithm)[0].bytes, "281900007"));
}

TEST(ResultObjects, ACineIsNormalWhereEveryFrameIs) {
  const DicomFile source = DicomFile::parse(ultrasound_file({4, 6, 2}), "x");
  const Finding all[] = {normal_finding(), normal_finding()};
  const auto objects = make_result_objects(source, all, kAlgorithm);
  ASSERT_EQ(kinds_of(objects), (std::vector<std::string>{"sr", "sc"}));
  EXPECT_TRUE(has(objects[0].bytes, "No lesion found in any frame."));
  Finding one[] = {normal_finding(), normal_finding()};
  one[1].decision = "malignant";
  one[1].mask = finding_of(kTwoLesions).mask;
  one[1].lesions = measure_lesions(one[1].mask, std::nullopt);
  const auto mixed = make_result_objects(source, one, kAlgorithm);
  ASSERT_EQ(kinds_of(mixed), (std::vector<std::string>{"seg", "sr", "sc"}));
  EXPECT_EQ(DicomFile::parse(mixed[0].bytes, "masks").info().frames, 3) << "3 lesions in the second frame alone";
  EXPECT_FALSE(has(mixed[1].bytes, "281900007")) << "the frame that is shown has lesions";
}

TEST(ResultObjects, APartMayBeNormal) {
  Finding finding = finding_of(
      "    # "
      "    # "
      "      "
      "      ");
  finding.classes = {{"benign", 0.1}, {"malignant", 0.8}, {"normal", 0.1}};
  finding.parts = {{{0, 0, 3, 4}, normal_finding().classes, "normal", std::nullopt},
                   {{3, 0, 6, 4}, finding.classes, "malignant", std::nullopt}};
  finding.decision_part = 2;
  finding.lesions[0].part = 2;
  const DicomFile source = DicomFile::parse(ultrasound_file({}), "x");
  const std::string report = make_result_objects(source, {&finding, 1}, kAlgorithm)[1].bytes;
  const std::size_t first = report.find("281900007");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(report.find("281900007", first + 1), std::string::npos) << "of one part alone";
  EXPECT_TRUE(has(report, "Lesion 1"));
}

TEST(ResultObjects, ReadBackAsImages) {
  const DicomFile source = DicomFile::parse(ultrasound_file({4, 6, 2}), "x");
  const Finding findings[] = {finding_of(""), finding_of(kTwoLesions)};
  const auto objects = make_result_objects(source, findings, kAlgorithm);
  const DicomFile overlay = DicomFile::parse(objects.back().bytes, "overlay");
  EXPECT_EQ(overlay.info().photometric, "RGB");
  EXPECT_EQ(overlay.info().study_uid, source.info().study_uid);
  EXPECT_EQ(overlay.frame(0).height, 4);
  EXPECT_EQ(DicomFile::parse(objects.front().bytes, "masks").info().frames, 3);  // 3 lesions in the second frame
}

TEST(ResultObjects, RefusesWhatDoesNotFit) {
  const DicomFile source = DicomFile::parse(ultrasound_file({4, 6, 2}), "x");
  const Finding finding = finding_of(kTwoLesions);
  EXPECT_THROW(make_result_objects(source, {&finding, 1}, kAlgorithm), std::invalid_argument);
  ResultCollector collector(kAlgorithm);
  EXPECT_THROW(collector.objects(source), std::invalid_argument);
  collector.add(1, finding);
  EXPECT_THROW(collector.add(1, finding), std::invalid_argument);
  EXPECT_EQ(collector.objects(source).size(), 3U);  // the first frame could not be read
  collector.add(2, finding);
  EXPECT_THROW(collector.objects(source), std::invalid_argument);
  DicomBytes nameless;  // no UIDs
  nameless.element(0x00080060, "CS", "US").integer(0x00280002, 1).element(0x00280004, "CS", "MONOCHROME2");
  nameless.integer(0x00280010, 4).integer(0x00280011, 6).integer(0x00280100, 8).integer(0x00280101, 8);
  nameless.integer(0x00280102, 7).integer(0x00280103, 0).large(0x7FE00010, "OB", std::string(24, 'a'));
  const DicomFile lost = DicomFile::parse(nameless.file(), "lost");
  const std::string message = refusal<DataError>([&] { make_result_objects(lost, {&finding, 1}, kAlgorithm); });
  EXPECT_TRUE(has(message, "lost: lanet found no SOP Class UID")) << message;
}

/// The object in another transfer syntax, as an archive may keep it.
std::string rewritten(const std::string& bytes, E_TransferSyntax syntax) {
  const DicomFile file = DicomFile::parse(bytes, "x");
  DcmFileFormat format(&file.dataset());
  const TemporaryFolder folder;
  EXPECT_TRUE(format.saveFile((folder / "x.dcm").c_str(), syntax).good());
  return read_file(folder / "x.dcm");
}

TEST(OwnResult, IsKnownByItsContentInEverySyntax) {
  const std::string scan = ultrasound_file({});
  const DicomFile source = DicomFile::parse(scan, "x");
  const Finding finding = finding_of(kTwoLesions);
  EXPECT_FALSE(is_own_result(source));
  EXPECT_FALSE(is_own_result_bytes(scan));
  for (const ResultObject& object : make_result_objects(source, {&finding, 1}, kAlgorithm)) {
    EXPECT_TRUE(is_own_result_bytes(object.bytes)) << object.kind;
    EXPECT_TRUE(is_own_result_bytes(object.bytes.substr(0, object.bytes.size() / 2))) << object.kind;
    for (std::size_t length = 0; length < 600; ++length) is_own_result_bytes(object.bytes.substr(0, length));
    if (object.kind == "sr") continue;  // no image
    EXPECT_TRUE(is_own_result(DicomFile::parse(object.bytes, "x"))) << object.kind;
    for (const E_TransferSyntax syntax :
         {EXS_LittleEndianImplicit, EXS_BigEndianExplicit, EXS_DeflatedLittleEndianExplicit})
      EXPECT_TRUE(is_own_result_bytes(rewritten(object.bytes, syntax))) << object.kind << " " << syntax;
  }
  EXPECT_FALSE(is_own_result_bytes(""));
  EXPECT_FALSE(is_own_result_file("/dev/null"));
  // A scanner of that name makes images, not results.
  DicomBytes named;
  named.element(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.6.1").element(0x00080070, "LO", "lanet");
  named.element(0x00081090, "LO", "lanet 3");
  EXPECT_FALSE(is_own_result_bytes(named.file()));
}

}  // namespace
}  // namespace lanet
