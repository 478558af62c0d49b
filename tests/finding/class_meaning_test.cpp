#include "finding/class_meaning.hpp"

#include <gtest/gtest.h>

namespace lanet {
namespace {

TEST(FoldedName, CaseFormAndSpacesDoNotCount) {
  EXPECT_EQ(folded_name("  BÖSARTIG "), "bösartig");
  EXPECT_EQ(folded_name("Bo\xCC\x88sartig"), "bösartig");  // o and a combining diaeresis
  EXPECT_EQ(folded_name("Malignant_Tumour"), "malignant tumour");
  EXPECT_EQ(folded_name("ＭＡＬＩＧＮＡＮＴ"), "malignant");  // full width
  EXPECT_EQ(folded_name("MALİGN"), "malign");                 // Turkish capital of i
  EXPECT_EQ(folded_name("\xFF"), "\xEF\xBF\xBD");             // no UTF-8: the replacement character
  EXPECT_EQ(folded_name(""), "");
}

TEST(ClassMeaning, KnowsTheUsualLanguages) {
  for (const char* name :
       {"malignant",         "Malignant",      "MALIGNANT",     "cancer",    "Carcinoma",   "maligne",
        "Bösartig",          "boesartig",      "maligno",       "Maligna",   "kwaadaardig", "злокачественная",
        "ЗЛОКАЧЕСТВЕННАЯ",   "恶性",           "惡性",          "悪性",      "악성",        "malignant_tumor",
        "Malignant lesions", "lésion maligne", "tumor maligno", "Kötü Huylu"})
    EXPECT_EQ(class_meaning(name), ClassMeaning::kMalignant) << name;
  for (const char* name : {"benign", "Benign", "gutartig", "GUTARTIG", "bénin", "benigno", "良性", "양성",
                           "benign mass", "доброкачественная", "iyi huylu"})
    EXPECT_EQ(class_meaning(name), ClassMeaning::kBenign) << name;
  for (const char* name : {"normal", "Normal", "no lesion", "no_lesion", "No Tumor", "normaal", "unauffällig", "正常",
                           "정상", "sans lésion", "Normal breast"})
    EXPECT_EQ(class_meaning(name), ClassMeaning::kNormal) << name;
}

TEST(ClassMeaning, NeitherGuessesNorOverlooksANo) {
  for (const char* name : {"", "class1", "B", "M", "BI-RADS 4", "non-malignant", "not malignant", "nicht bösartig",
                           "abnormal", "malignancy unknown", "premalignant", "tumor", "\xFF\xFE"})
    EXPECT_EQ(class_meaning(name), ClassMeaning::kUnknown) << name;
}

}  // namespace
}  // namespace lanet
