#include "dicom/truth_segmentation.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "dicom/attributes.hpp"
#include "dicom/own_result.hpp"
#include "dicom/result_objects.hpp"
#include "support/dicom_bytes.hpp"

namespace lanet {
namespace {

/// The segmentation that lanet would write of two lesions in 4 x 6 px.
std::string segmentation_of(const DicomFile& source, Mask& mask) {
  Finding finding;
  finding.classes = {{"benign", 0.25}, {"malignant", 0.75}};
  finding.decision = "malignant";
  finding.mask = make_mask(4, 6);
  for (const std::size_t pixel : {0U, 1U, 6U, 7U, 17U, 23U}) finding.mask.pixels[pixel] = 1;
  finding.lesions = measure_lesions(finding.mask, std::nullopt);
  mask = finding.mask;
  return make_result_objects(source, {&finding, 1}, {"model", "0123"}).at(0).bytes;
}

TEST(TruthSegmentation, SegmentsComeBackUnitedUnderTheirImage) {
  const DicomFile source = DicomFile::parse(ultrasound_file({}), "x");
  Mask mask;
  const DicomFile object = DicomFile::parse(segmentation_of(source, mask), "seg");
  EXPECT_TRUE(is_segmentation(object));
  EXPECT_FALSE(is_segmentation(source));
  EXPECT_TRUE(is_own_result(object));
  const auto masks = read_segmentation_masks(object);
  ASSERT_EQ(masks.size(), 1U);
  EXPECT_EQ(masks.begin()->first, (DicomFrameKey{source.info().sop_instance_uid, 1}));
  EXPECT_EQ(masks.begin()->second.pixels, mask.pixels);
}

TEST(TruthSegmentation, WhatSaysNoImageIsRefused) {
  const DicomFile source = DicomFile::parse(ultrasound_file({}), "x");
  Mask mask;
  const DicomFile object = DicomFile::parse(segmentation_of(source, mask), "seg");
  object.dataset().findAndDeleteElement(DCM_PerFrameFunctionalGroupsSequence);
  object.dataset().findAndDeleteElement(DCM_ReferencedSeriesSequence);
  EXPECT_THROW(read_segmentation_masks(object), DataError);
}

TEST(TruthSegmentation, PatientsAreNamedByADigest) {
  const DicomFile one = DicomFile::parse(ultrasound_file({}), "x");
  const DicomFile two = DicomFile::parse(ultrasound_file({}), "y");
  put(one.dataset(), DCM_PatientID, "Doe");
  put(two.dataset(), DCM_PatientID, "Doe");
  EXPECT_EQ(patient_pseudonym(one), patient_pseudonym(two));
  EXPECT_EQ(patient_pseudonym(one).find("Doe"), std::string::npos);
  put(two.dataset(), DCM_PatientID, "Roe");
  EXPECT_NE(patient_pseudonym(one), patient_pseudonym(two));
}

}  // namespace
}  // namespace lanet
