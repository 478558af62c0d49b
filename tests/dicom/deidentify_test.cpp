#include "dicom/deidentify.hpp"

#include <filesystem>
#include <set>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/output_folder.hpp"
#include "dicom/confidentiality_profile.hpp"
#include "dicom/deidentify_files.hpp"
#include "support/damage.hpp"
#include "support/dicom_bytes.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

const std::string kKey = "a key of more than sixteen bytes";

DeidentifiedObject deidentified(const std::string& bytes, const DeidentifyOptions& options = {}) {
  Pseudonyms pseudonyms(kKey);
  return deidentify(DicomFile::parse(bytes, "x"), options, pseudonyms);
}

std::string text_in(const DeidentifiedObject& object, const DcmTagKey& tag) {
  const DicomFile file = DicomFile::parse(object.bytes, "y");
  OFString value;
  return file.dataset().findAndGetOFStringArray(tag, value).good() ? value.c_str() : "none";
}

bool still_has(const DeidentifiedObject& object, const DcmTagKey& tag) {
  return DicomFile::parse(object.bytes, "y").dataset().tagExists(tag, OFTrue);
}

/// An ultrasound image (region: columns 1..4, rows 0..2) with more attributes before its pixels, in order of their
/// tags.
struct Element {
  std::uint32_t tag;
  std::string vr, value;
};
std::string image_with(std::vector<Element> elements) {
  const std::string plain = ultrasound_file({});
  const DicomFile file = DicomFile::parse(plain, "x");
  DcmFileFormat format(&file.dataset());
  for (const Element& element : elements) {
    DcmTag tag(static_cast<Uint16>(element.tag >> 16), static_cast<Uint16>(element.tag & 0xFFFF),
               DcmVR(element.vr.c_str()));
    DcmElement* made = nullptr;
    EXPECT_TRUE(DcmItem::newDicomElement(made, tag).good());
    if (made->isaString())
      made->putString(element.value.c_str());
    else
      made->putUint8Array(reinterpret_cast<const Uint8*>(element.value.data()), element.value.size());
    format.getDataset()->insert(made, OFTrue);
  }
  const TemporaryFolder folder;
  EXPECT_TRUE(format.saveFile((folder / "x.dcm").c_str(), EXS_LittleEndianExplicit).good());
  return read_file(folder / "x.dcm");
}

TEST(ConfidentialityProfile, RowsOfTheStandard) {
  const auto table = confidentiality_profile();
  EXPECT_EQ(table.size(), 653U);
  for (std::size_t row = 1; row < table.size(); ++row) EXPECT_LT(table[row - 1].tag, table[row].tag);
  // By eye, from Table E.1-1.
  EXPECT_EQ(profile_row(0x00100010)->action, ProfileAction::empty);                  // Patient's Name Z
  EXPECT_EQ(profile_row(0x00080018)->action, ProfileAction::uid);                    // SOP Instance UID U
  EXPECT_EQ(profile_row(0x00080080)->action, ProfileAction::remove_empty_or_dummy);  // Institution Name X/Z/D
  EXPECT_EQ(profile_row(0x00080023)->action, ProfileAction::empty_or_dummy);         // Content Date Z/D
  EXPECT_EQ(profile_row(0x00081140)->action, ProfileAction::remove_empty_or_uids);   // Referenced Image Sequence X/Z/U*
  EXPECT_EQ(profile_row(0x00101010)->kept_with, unsigned{kKeptWithPatient});         // Patient's Age
  EXPECT_EQ(profile_row(0x00181000)->kept_with, unsigned{kKeptWithDevice});          // Device Serial Number
  EXPECT_EQ(profile_row(0x00080070), nullptr);                                       // Manufacturer: not named
  EXPECT_TRUE(removed_as_group(0x00091001));
  EXPECT_TRUE(removed_as_group(0x60103000));
  EXPECT_FALSE(removed_as_group(0x7FE00010));
}

TEST(Pseudonyms, DependOnKeyAndValueOnly) {
  Pseudonyms first(kKey), same(kKey), other("another key of sixteen bytes");
  EXPECT_EQ(first.uid("1.2.3"), same.uid("1.2.3"));
  EXPECT_NE(first.uid("1.2.3"), first.uid("1.2.4"));
  EXPECT_NE(first.uid("1.2.3"), other.uid("1.2.3"));
  EXPECT_TRUE(first.uid("1.2.3").starts_with("2.25."));
  EXPECT_LE(first.uid("1.2.3").size(), 64U);
  EXPECT_EQ(first.patient("7").size(), 13U);
  EXPECT_NE(first.patient("7"), first.patient("8"));
  EXPECT_EQ(first.uids().size(), 2U);
  EXPECT_THROW(Pseudonyms("short"), ConfigError);
  const TemporaryFolder folder;
  const std::string key = random_key();
  write_new_key(folder / "k", key);
  EXPECT_EQ(read_key(folder / "k"), key);
  EXPECT_THROW(write_new_key(folder / "k", random_key()), DataError);  // another run's
  EXPECT_EQ(read_key(folder / "k"), key);
  EXPECT_EQ(fs::status(folder / "k").permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

/// Every attribute of the table as a text that no other has, at the top and in an item; private ones; a preamble; the
/// header's station names. What identifies must be gone from all bytes, whatever its type.
class Markers {
 public:
  std::string next() {
    std::string letters = "QX";
    for (std::size_t rest = made_.size() + 1, digit = 0; digit < 4; ++digit, rest /= 26)
      letters += static_cast<char>('A' + rest % 26);
    made_.push_back(letters + "ZW");
    return made_.back();
  }
  const std::vector<std::string>& made() const { return made_; }

 private:
  std::vector<std::string> made_;
};

/// A marker in the letters that a UID allows.
std::string as_uid(const std::string& marker) {
  std::string uid = "1.2.826.";
  for (const char letter : marker) uid += std::to_string(letter);
  return uid;
}

void fill(DcmItem& item, Markers& markers, bool nested) {
  for (const ProfileRow& row : confidentiality_profile()) {
    DcmTag tag(static_cast<Uint16>(row.tag >> 16), static_cast<Uint16>(row.tag & 0xFFFF));
    if ((row.tag >> 16) < 8 || tag.getEVR() == EVR_UNKNOWN || tag.getEVR() == EVR_SQ) continue;
    if (tag.getEVR() == EVR_UI) {  // the same in letters that a UID allows
      const std::string marker = markers.next();
      if (item.putAndInsertString(tag, as_uid(marker).c_str()).good()) continue;
    }
    DcmElement* element = nullptr;
    if (DcmItem::newDicomElement(element, tag).bad()) continue;
    const std::string marker = markers.next();
    if (element->isaString())
      element->putString(marker.c_str());
    else
      element->putUint8Array(reinterpret_cast<const Uint8*>(marker.data()), static_cast<unsigned long>(marker.size()));
    if (item.insert(element, OFTrue).bad()) delete element;
  }
  item.putAndInsertString(DcmTag(0x0009, 0x0010, EVR_LO), markers.next().c_str());
  const std::string hidden = markers.next();
  item.putAndInsertUint8Array(DcmTag(0x0009, 0x1001, EVR_UN), reinterpret_cast<const Uint8*>(hidden.data()),
                              hidden.size());
  item.putAndInsertString(DcmTag(0x6000, 0x4000, EVR_LT), markers.next().c_str());
  item.putAndInsertString(DcmTag(0x5000, 0x0040, EVR_SH), markers.next().c_str());
  if (nested) return;
  DcmItem* inner = nullptr;
  item.findOrCreateSequenceItem(DCM_AnatomicRegionSequence, inner, 0);
  DcmItem* deeper = nullptr;
  inner->findOrCreateSequenceItem(DCM_AnatomicRegionModifierSequence, deeper, 0);
  fill(*deeper, markers, true);
  item.findOrCreateSequenceItem(DCM_ReferencedImageSequence, inner, 0);
  fill(*inner, markers, true);
}

TEST(Deidentify, NothingThatWasPutInIsLeft) {
  Markers markers;
  const DicomFile plain = DicomFile::parse(ultrasound_file({}), "x");
  DcmFileFormat format(&plain.dataset());
  DcmDataset& data = *format.getDataset();
  fill(data, markers, false);
  data.putAndInsertString(DCM_SpecificCharacterSet, "ISO_IR 192");
  const std::string japanese = "\xE5\xB1\xB1\xE7\x94\xB0\xE8\x8A\xB1";  // a name in UTF-8
  data.putAndInsertString(DCM_PatientName, ("YAMADA^HANAKO=" + japanese).c_str());
  data.putAndInsertString(DCM_PatientID, "ID998877");
  // Attributes that the table does not name, with what the others hold.
  data.putAndInsertString(DCM_Manufacturer, ("made for " + japanese).c_str());
  data.putAndInsertString(DCM_ManufacturerModelName, "model of ID998877");
  data.putAndInsertString(DcmTag(0x0018, 0x1030), "Yamada");
  const TemporaryFolder folder;
  ASSERT_TRUE(format.saveFile((folder / "x.dcm").c_str(), EXS_LittleEndianExplicit).good());
  std::string bytes = read_file(folder / "x.dcm");
  bytes.replace(0, 12, "PREAMBLENAME");
  std::size_t put_in = 0;
  for (const std::string& marker : markers.made())
    put_in += bytes.find(marker) != std::string::npos || bytes.find(as_uid(marker)) != std::string::npos;
  ASSERT_GT(put_in, 1200U);
  const DeidentifiedObject result = deidentified(bytes);
  for (const std::string& marker : markers.made()) {
    EXPECT_EQ(result.bytes.find(marker), std::string::npos) << marker;
    EXPECT_EQ(result.bytes.find(as_uid(marker)), std::string::npos) << marker;
  }
  for (const std::string& text : {std::string("PREAMBLENAME"), japanese, std::string("YAMADA"), std::string("Yamada"),
                                  std::string("HANAKO"), std::string("ID998877")})
    EXPECT_EQ(result.bytes.find(text), std::string::npos) << text;
  // It says what it did.
  EXPECT_EQ(text_in(result, DCM_PatientIdentityRemoved), "YES");
  EXPECT_EQ(text_in(result, DCM_LongitudinalTemporalInformationModified), "REMOVED");
  EXPECT_EQ(text_in(result, DCM_PatientName), result.patient);
  EXPECT_EQ(text_in(result, DCM_PatientID), result.patient);
  for (const AttributeChange& change : result.changes) EXPECT_GT(change.count, 0);
}

TEST(Deidentify, TissueStaysBitForBitAndTheRestIsBlack) {
  for (const char* photometric : {"MONOCHROME2", "RGB", "YBR_FULL", "MONOCHROME1"}) {
    const std::string bytes = ultrasound_file({4, 6, 3, photometric});
    const DicomFile before = DicomFile::parse(bytes, "x");
    const DeidentifiedObject result = deidentified(bytes);
    const DicomFile after = DicomFile::parse(result.bytes, "y");
    EXPECT_EQ(result.blanked, 4 * 6 - 4 * 3);
    for (std::int64_t frame = 0; frame < 3; ++frame) {
      const Image was = before.frame(frame), is = after.frame(frame);
      for (std::int64_t row = 0; row < 4; ++row)
        for (std::int64_t column = 0; column < 6; ++column)
          for (std::int64_t channel = 0; channel < was.channels; ++channel) {
            const bool inside = row < 3 && column >= 1 && column < 5;
            // DCMTK shows the largest value of MONOCHROME1 as 1.
            const int allowed = !inside && photometric == std::string("MONOCHROME1") ? 1 : 0;
            EXPECT_NEAR(is.at(row, column, channel), inside ? was.at(row, column, channel) : 0, allowed)
                << photometric << " " << frame << " " << row << " " << column;
          }
    }
  }
}

TEST(Deidentify, BurnedInAnnotationIsSaidOnlyWhereNothingLooksLikeLetters) {
  const std::string smooth(24, 'a');
  UltrasoundObject calm;
  calm.pixels = smooth;
  EXPECT_EQ(text_in(deidentified(ultrasound_file(calm)), DCM_BurnedInAnnotation), "NO");
  UltrasoundObject written;
  written.pixels = smooth;
  written.pixels[8] = '\xFF';  // row 1, column 2: within the region
  const DeidentifiedObject result = deidentified(ultrasound_file(written));
  EXPECT_FALSE(result.nothing_burnt_in);
  EXPECT_EQ(text_in(result, DCM_BurnedInAnnotation), "none");
  EXPECT_FALSE(result.notices.empty());
}

TEST(Deidentify, WithoutARegionItIsRefusedOrToldWhatToKeep) {
  UltrasoundObject bare;
  bare.with_region = false;
  const std::string bytes = ultrasound_file(bare);
  EXPECT_TRUE(has(refusal<DataError>([&] { deidentified(bytes); }), "--region"));
  DeidentifyOptions named;
  named.region = {0, 0, 6, 2};
  const Image after = DicomFile::parse(deidentified(bytes, named).bytes, "y").frame(0);
  EXPECT_EQ(after.at(1, 5), 11);
  EXPECT_EQ(after.at(2, 0), 0);
  named.region = {0, 0, 2, 2, 4, 0, 6, 2};  // two pictures on one screen
  const Image both = DicomFile::parse(deidentified(bytes, named).bytes, "y").frame(0);
  EXPECT_EQ(both.at(1, 5), 11);
  EXPECT_EQ(both.at(1, 3), 0);
  named.region = {0, 0, 2, 2, 4, 0};
  EXPECT_TRUE(has(refusal<ConfigError>([&] { named.validate(); }), "0 0 2 2 4 0"));
  DeidentifyOptions kept;
  kept.keep_pixels = true;
  const DeidentifiedObject whole = deidentified(bytes, kept);
  EXPECT_EQ(DicomFile::parse(whole.bytes, "y").frame(0).pixels, DicomFile::parse(bytes, "x").frame(0).pixels);
  EXPECT_FALSE(whole.nothing_burnt_in);
  EXPECT_THROW(deidentified(ultrasound_dataset({}).file()), DataError);  // no pixels: a report, a PDF
}

TEST(Deidentify, OptionsOfTheProfile) {
  const std::string bytes = image_with({{0x00080020, "DA", "20240228"},
                                        {0x0008002A, "DT", "20240228235900.5"},
                                        {0x00100040, "CS", "F"},
                                        {0x00101010, "AS", "094Y"},
                                        {0x00181000, "LO", "SN1234567"},
                                        {0x00080080, "LO", "Hospital"}});
  const DeidentifiedObject basic = deidentified(bytes);
  EXPECT_EQ(text_in(basic, DCM_StudyDate), "");
  EXPECT_FALSE(still_has(basic, DCM_PatientAge));
  EXPECT_FALSE(still_has(basic, DCM_DeviceSerialNumber));
  EXPECT_FALSE(still_has(basic, DCM_InstitutionName));
  DeidentifyOptions shift;
  shift.shift_days = 2;  // 2024 is a leap year: 28 February and two days is 1 March
  EXPECT_EQ(text_in(deidentified(bytes, shift), DCM_StudyDate), "20240301");
  EXPECT_EQ(text_in(deidentified(bytes, shift), DCM_AcquisitionDateTime), "20240301235900.5");
  EXPECT_EQ(text_in(deidentified(bytes, shift), DCM_LongitudinalTemporalInformationModified), "MODIFIED");
  DeidentifyOptions keep;
  keep.keep_dates = keep.keep_patient = keep.keep_device = keep.keep_institution = true;
  const DeidentifiedObject kept = deidentified(bytes, keep);
  EXPECT_EQ(text_in(kept, DCM_StudyDate), "20240228");
  EXPECT_EQ(text_in(kept, DCM_PatientAge), "090Y");  // the few who are older would be known by it
  EXPECT_EQ(text_in(kept, DCM_PatientSex), "F");
  EXPECT_EQ(text_in(kept, DCM_DeviceSerialNumber), "SN1234567");
  EXPECT_EQ(text_in(kept, DCM_InstitutionName), "Hospital");
  keep.shift_days = 3;
  EXPECT_THROW(keep.validate(), ConfigError);
  DeidentifyOptions empty_region;
  empty_region.region = {4, 4, 4, 8};
  EXPECT_THROW(empty_region.validate(), ConfigError);
}

TEST(Deidentify, OneUidIsOneUidEverywhere) {
  const DicomFile plain = DicomFile::parse(ultrasound_file({}), "x");
  DcmFileFormat format(&plain.dataset());
  DcmItem* item = nullptr;
  format.getDataset()->findOrCreateSequenceItem(DCM_SourceImageSequence, item, 0);
  item->putAndInsertString(DCM_ReferencedSOPClassUID, UID_UltrasoundImageStorage);
  item->putAndInsertString(DCM_ReferencedSOPInstanceUID, "1.2.3.4");  // itself
  const TemporaryFolder folder;
  ASSERT_TRUE(format.saveFile((folder / "x.dcm").c_str(), EXS_LittleEndianExplicit).good());
  const DeidentifiedObject result = deidentified(read_file(folder / "x.dcm"));
  const DicomFile file = DicomFile::parse(result.bytes, "y");
  ASSERT_TRUE(file.dataset().findAndGetSequenceItem(DCM_SourceImageSequence, item, 0).good());
  OFString referred, kind;
  item->findAndGetOFString(DCM_ReferencedSOPInstanceUID, referred);
  item->findAndGetOFString(DCM_ReferencedSOPClassUID, kind);
  EXPECT_EQ(referred.c_str(), file.info().sop_instance_uid);
  EXPECT_EQ(referred.c_str(), result.sop_instance_uid);
  EXPECT_STREQ(kind.c_str(), UID_UltrasoundImageStorage);
  EXPECT_EQ(file.info().sop_class_uid, plain.info().sop_class_uid);
}

TEST(Deidentify, FilesReportAndMapping) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "in");
  write_file_atomically(folder / "in/DOE_JANE.dcm",
                        image_with({{0x00100010, "PN", "DOE^JANE"}, {0x00100020, "LO", "ID998877"}}));
  write_file_atomically(folder / "in/again.dcm",
                        image_with({{0x00100010, "PN", "DOE^JANE"}, {0x00100020, "LO", "ID998877"}}));
  write_file_atomically(folder / "in/broken.dcm", "nothing");
  Pseudonyms pseudonyms(kKey);
  SilentProgress progress;
  const std::vector<DeidentifiedFile> done =
      deidentify_files({folder / "in/DOE_JANE.dcm", folder / "in/again.dcm", folder / "in/broken.dcm"},
                       {folder / "out", folder / "map.csv"}, {}, pseudonyms, progress);
  ASSERT_EQ(done.size(), 3U);
  EXPECT_TRUE(done[1].file.ends_with("_2.dcm"));
  EXPECT_TRUE(done[2].file.empty());
  EXPECT_TRUE(has(done[2].reason, "broken.dcm"));
  const std::string report = read_file(folder / "out/deidentify-report.csv");
  for (const char* word : {"DOE", "JANE", "998877", "1.2.3.4"}) EXPECT_FALSE(has(report, word)) << word;
  EXPECT_TRUE(has(report, "PatientName,replaced,1"));
  EXPECT_TRUE(fs::exists(folder / "out" / done[0].file));
  EXPECT_EQ(fs::status(folder / "map.csv").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  const CsvTable mapping = read_csv(folder / "map.csv");
  std::set<std::string> old;
  for (const auto& row : mapping.rows) old.insert(row[1]);
  EXPECT_TRUE(old.count("1.2.3.4"));
  EXPECT_TRUE(old.count("ID998877|"));
}

TEST(Deidentify, AnotherFileOfTheSameUidReplacesNoEarlierResult) {
  const TemporaryFolder folder;
  for (const char* name : {"one.dcm", "two.dcm"})  // two examinations of one patient, of a machine that counts anew
    write_file_atomically(
        folder / name, image_with({{0x00100020, "LO", "ID111111"}, {0x00181000, "LO", std::string("note ") + name}}));
  SilentProgress progress;
  DeidentifyOptions options;
  options.keep_device = true;  // the two results differ
  for (const fs::path& mapping : {folder / "map.csv", fs::path()}) {
    const DeidentifyPlaces places{folder / (mapping.empty() ? "without" : "with"), mapping};
    const auto run = [&](const char* name) {
      Pseudonyms pseudonyms(kKey);
      return deidentify_files({folder / name}, places, options, pseudonyms, progress).front();
    };
    const DeidentifiedFile one = run("one.dcm");
    const std::string content = read_file(places.out / one.file);
    const DeidentifiedFile two = run("two.dcm");
    EXPECT_TRUE(two.file.ends_with("_2.dcm")) << two.file;
    EXPECT_EQ(two.what.notices.back(), "another file has the same SOP Instance UID");
    EXPECT_EQ(read_file(places.out / one.file), content);
    EXPECT_EQ(run("one.dcm").file, one.file);  // once more: the same place
    EXPECT_EQ(run("two.dcm").file, two.file);
    EXPECT_EQ(std::distance(fs::recursive_directory_iterator(places.out), {}), 5);  // .lanet, report, patient, two
  }
}

std::size_t lines_in(const fs::path& file) {
  const std::string text = read_file(file);
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(Deidentify, AnotherRunAddsToMappingAndReport) {
  const TemporaryFolder folder;
  const auto write = [&](const std::string& name, const std::string& uid, const std::string& patient) {
    write_file_atomically(folder / name, image_with({{0x00080018, "UI", uid}, {0x00100020, "LO", patient}}));
  };
  write("one.dcm", "1.2.3.5", "ID111111");
  write("two.dcm", "1.2.3.6", "ID222222");
  SilentProgress progress;
  const DeidentifyPlaces places{folder / "out", folder / "map.csv"};
  const auto run = [&](const char* name, const std::string& key) {
    Pseudonyms pseudonyms(key);
    return deidentify_files({folder / name}, places, {}, pseudonyms, progress).front();
  };
  const DeidentifiedFile first = run("one.dcm", kKey);
  const std::string mapping = read_file(folder / "map.csv");
  const std::size_t rows = lines_in(folder / "out/deidentify-report.csv");
  const DeidentifiedFile second = run("two.dcm", kKey + "another key");
  const std::string longer = read_file(folder / "map.csv");
  EXPECT_TRUE(longer.starts_with(mapping));
  EXPECT_TRUE(has(longer, "ID222222"));
  EXPECT_EQ(lines_in(folder / "out/deidentify-report.csv"), 2 * rows - 1);  // one header
  EXPECT_TRUE(has(read_file(folder / "out/deidentify-report.csv"), first.file));
  run("one.dcm", kKey);  // once more: nothing new
  EXPECT_EQ(read_file(folder / "map.csv"), longer);
  EXPECT_EQ(lines_in(folder / "out/deidentify-report.csv"), 2 * rows - 1);
  EXPECT_EQ(fs::status(folder / "map.csv").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  // The results are no sources of a later run; others in the same folder are.
  std::size_t left_out = 0;
  const auto sources = without_deidentified(
      {folder / "out" / first.file, folder / "out" / second.file, folder / "one.dcm"}, folder / "out", left_out);
  EXPECT_EQ(left_out, 2U);
  EXPECT_EQ(sources, (std::vector<fs::path>{folder / "one.dcm"}));
}

TEST(Deidentify, FilesOfTheUserStay) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "one.dcm", image_with({{0x00100020, "LO", "ID111111"}}));
  SilentProgress progress;
  Pseudonyms pseudonyms(kKey);
  const auto run = [&](const DeidentifyPlaces& places) {
    return deidentify_files({folder / "one.dcm"}, places, {}, pseudonyms, progress);
  };
  write_file_atomically(folder / "list.csv", "patient,phone\n");
  EXPECT_TRUE(has(refusal<DataError>([&] { run({folder / "out", folder / "list.csv"}); }), "--mapping"));
  EXPECT_EQ(read_file(folder / "list.csv"), "patient,phone\n");
  write_file_atomically(folder / "out/deidentify-report.csv", "mine\n");
  EXPECT_THROW(run({folder / "out", {}}), InTheWay);
  EXPECT_EQ(read_file(folder / "out/deidentify-report.csv"), "mine\n");
  fs::remove(folder / "out/deidentify-report.csv");
  const std::string name = run({folder / "out", {}}).front().file;
  write_file_atomically(folder / "out" / name, "mine\n");  // changed since
  const DeidentifiedFile again = run({folder / "out", {}}).front();
  EXPECT_TRUE(again.file.empty());
  EXPECT_TRUE(has(again.reason, name)) << again.reason;
  EXPECT_EQ(read_file(folder / "out" / name), "mine\n");
  EXPECT_EQ(run({folder / "out", {}, true}).front().file, name);
}

TEST(Deidentify, WideBigEndianSamplesStayWhatTheyAre) {
  UltrasoundObject object{2, 2};
  DicomBytes data;
  data.element(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.7").element(0x00080018, "UI", "1.2.3.4");
  data.integer(0x00280002, 1).element(0x00280004, "CS", "MONOCHROME2").integer(0x00280010, 2).integer(0x00280011, 2);
  data.integer(0x00280100, 32).integer(0x00280101, 32).integer(0x00280102, 31).integer(0x00280103, 0);
  const std::string little("\x04\x03\x02\x01\x08\x07\x06\x05\x00\x00\x00\x00\xFF\xFF\x00\x00", 16);
  std::string big = little;
  for (std::size_t at = 0; at < big.size(); at += 4)
    std::reverse(big.begin() + static_cast<long>(at), big.begin() + static_cast<long>(at) + 4);
  data.large(0x7FE00010, "OW", little);
  const std::string plain = data.file();
  // DCMTK turns the header; the samples are put in as the standard wants them, all four bytes turned.
  const DicomFile source = DicomFile::parse(plain, "x");
  DcmFileFormat format(&source.dataset());
  const TemporaryFolder folder;
  ASSERT_TRUE(format.saveFile((folder / "big.dcm").c_str(), EXS_BigEndianExplicit).good());
  std::string bytes = read_file(folder / "big.dcm");
  bytes.replace(bytes.size() - big.size(), big.size(), big);
  DeidentifyOptions options;
  options.keep_pixels = true;
  const DeidentifiedObject result = deidentified(bytes, options);
  EXPECT_EQ(result.bytes.substr(result.bytes.size() - little.size()), little);
  EXPECT_EQ(DicomFile::parse(bytes, "x").frame(0).pixels, DicomFile::parse(plain, "x").frame(0).pixels);
}

/// Whether the text is emptied of which the name of its patient, or of one who referred her, is no secret.
bool emptied(const std::string& name, const std::string& text, const std::string& character_set) {
  const DeidentifiedObject result =
      deidentified(image_with({{0x00080005, "CS", character_set}, {0x00081090, "LO", text}, {0x00100010, "PN", name}}));
  return text_in(result, DCM_ManufacturerModelName) != text;
}

TEST(Deidentify, NamesAreFoundAsPeopleReadThem) {
  struct Case {
    const char *name, *text, *character_set;
  };
  for (const Case& found : std::vector<Case>{
           {"M\xFCller^Anna", "LOGIQ M\xDCLLER", "ISO_IR 100"},    // Latin-1, other case
           {"Müller^Anna", "LOGIQ MÜLLER", "ISO_IR 192"},          // UTF-8
           {"Müller^Anna", "LOGIQ MÜLLER", "ISO_IR 100"},          // UTF-8 in a file that says Latin-1
           {"Müller^Anna", "LOGIQ Mu\xCC\x88ller", "ISO_IR 192"},  // the dots as a letter of their own
           {"Müller^Anna", "MUELLER", "ISO_IR 192"},
           {"Strauß^Jo", "STRAUSS", "ISO_IR 192"},
           {"Иванова^Мария", "ИВАНОВА", "ISO_IR 192"},
           {"\xB8\xD2\xD0\xDD\xDE\xD2^\xBC\xD0\xE0\xD8\xEF", "\xD8\xB2\xB0\xBD\xBE\xB2", "ISO_IR 144"},  // ISO 8859-5
           {"Παπαδόπουλος^Νίκος", "ΠΑΠΑΔΟΠΟΥΛΟΣ", "ISO_IR 192"},  // accents go in capitals
           {"Li^Wu", "scan of Li Wu", ""},                        // two letters: whole words
           {"Li^Wu", "WU probe", ""},
           {"Li^Wu", "LiWu", ""},  // written as one
           {"Xa^Yb", "yb-xa", ""},
           {"Doe^Jane", "janedoe scan", ""},
           {"Doe^Jane", "JANE_DOE", ""},
           {"van der Berg^Eva", "vanderberg", ""},
           {"Smith^Jane", "Smiths probe", ""},  // within a word
           {"O'Brien^Pat", "OBRIEN", ""},
           {"Yamada^Tarou=山田^太郎", "山田太郎", "ISO_IR 192"},
           {"Yamada^Tarou=山田^太郎", "用 太郎の", "ISO_IR 192"},
           {"Yamada^Tarou=山田^太郎=やまだ^たろう", "ヤマダタロウ", "ISO_IR 192"},  // katakana for hiragana
           {"Yamada^Tarou=山田^太郎", "ＹＡＭＡＤＡ", "ISO_IR 192"},                // full width
           {"Hong^Gildong=洪^吉洞=홍^길동", "홍길동 검사", "ISO_IR 192"},
           {"Wang^Min=王^敏", "王敏", "ISO_IR 192"},
           {"Wang^Min=王^敏", "王 US", "ISO_IR 192"},
       })
    EXPECT_TRUE(emptied(found.name, found.text, found.character_set)) << found.name << " in " << found.text;
  for (const Case& other : std::vector<Case>{
           {"Li^Wu", "LOGIQ E9", ""},
           {"Li^Wu", "Alinity", ""},  // two letters within a word
           {"Doe^Jane", "Voluson", ""},
           {"Smith^J", "J probe", ""},  // one letter
           {"Yamada^Tarou=山田^太郎", "東芝", "ISO_IR 192"},
           {"Müller^Anna", "Bäcker", "ISO_IR 192"},
       })
    EXPECT_FALSE(emptied(other.name, other.text, other.character_set)) << other.name << " in " << other.text;
}

TEST(Deidentify, NumbersAreFoundInsideOfTexts) {
  const auto left = [](const std::string& id, const std::string& text) {
    return text_in(deidentified(image_with({{0x00081090, "LO", text}, {0x00100020, "LO", id}})),
                   DCM_ManufacturerModelName) == text;
  };
  EXPECT_FALSE(left("4711", "pat 4711 x"));
  EXPECT_FALSE(left("47113", "pat47113"));
  EXPECT_FALSE(left("AB-99-7", "AB997"));
  EXPECT_FALSE(left("471", "pat471"));
  EXPECT_FALSE(left("A1", "scan a1"));
  EXPECT_TRUE(left("A1", "scan a12"));  // two signs: whole words alone
  EXPECT_TRUE(left("4711", "series 4712"));
}

TEST(Deidentify, NamesOfTheCasesAreGone) {
  const fs::path folder = fs::path(LANET_SOURCE_DIR) / "../shared/cases/14-deidentify-names/dei4";
  if (!fs::exists(folder)) GTEST_SKIP() << "no cases beside the project";
  std::size_t seen = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    Pseudonyms pseudonyms(kKey);
    const DeidentifiedObject result = deidentify(DicomFile::open(entry.path()), {}, pseudonyms);
    const std::string text = text_in(result, DCM_ManufacturerModelName);
    EXPECT_TRUE(text.empty() || text == "none") << entry.path().filename() << ": " << text;
    ++seen;
  }
  EXPECT_EQ(seen, 10U);
}

TEST(Deidentify, SurvivesDamage) {
  const std::string bytes = image_with({{0x00100010, "PN", "DOE^JANE"}, {0x00080020, "DA", "20240228"}});
  for (const std::string& damaged : damaged_copies(bytes, 1000)) {
    try {
      DicomFile::parse(deidentified(damaged).bytes, "y");
    } catch (const DataError&) {
    }
  }
}

TEST(Deidentify, RealFilesKeepTheirTissue) {
  const fs::path folder = fs::path(LANET_SOURCE_DIR) / "../shared/data/us_dicom";
  if (!fs::exists(folder)) GTEST_SKIP() << "no real DICOM files beside the project";
  for (const char* name :
       {"OBXXXX1A.dcm", "OBXXXX1A_rle_2frame.dcm", "US1_J2KI.dcm", "examples_ybr_color.dcm", "examples_palette.dcm",
        "gdcm-US-ALOKA-16.dcm", "gdcm-US-ALOKA-16_big.dcm", "JPGLosslessP14SV1_1s_1f_8b.dcm"}) {
    DeidentifyOptions options;
    options.region = {40, 60, 200, 180};
    const DicomFile before = DicomFile::open(folder / name);
    Pseudonyms pseudonyms(kKey);
    const DeidentifiedObject result = deidentify(DicomFile::open(folder / name), options, pseudonyms);
    const DicomFile after = DicomFile::parse(result.bytes, name);
    const std::int64_t last = before.info().frames - 1;
    const Image was = before.frame(last), is = after.frame(last);
    ASSERT_EQ(was.channels, is.channels) << name;
    std::int64_t different = 0, outside = 0;
    for (std::int64_t row = 0; row < was.height; ++row)
      for (std::int64_t column = 0; column < was.width; ++column)
        for (std::int64_t channel = 0; channel < was.channels; ++channel) {
          const bool inside = row >= 60 && row < 180 && column >= 40 && column < 200;
          if (inside)
            different += is.at(row, column, channel) != was.at(row, column, channel);
          else
            outside = std::max<std::int64_t>(outside, is.at(row, column, channel));
        }
    EXPECT_EQ(different, 0) << name;
    EXPECT_LE(outside, 1) << name;  // a palette's darkest entry
  }
}

}  // namespace
}  // namespace lanet
