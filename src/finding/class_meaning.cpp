#include "finding/class_meaning.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include "core/text.hpp"

namespace lanet {
namespace {

/// The list of docs/formats.md, "Class names". Written as people write them; compared folded.
constexpr std::string_view kMalignant =
    "malignant|malignancy|malign|maligna|maligno|maligne|malignes|malignos|malignas|maligni|maligní|malin|malins|"
    "maligner|malignen|cancer|cancers|cancerous|cáncer|câncer|cancro|cancéreux|cancéreuse|carcinoma|carcinomas|"
    "carcinome|karzinom|karzinome|krebs|bösartig|boesartig|bosartig|bösartige|bösartiger|bösartiges|kwaadaardig|"
    "kwaadaardige|kanker|ondartet|ondartad|elakartad|pahanlaatuinen|złośliwy|złośliwa|złośliwe|zlosliwy|zhoubný|"
    "zhoubná|zhoubné|zhubný|rosszindulatú|zloćudan|zloćudni|maligan|kötü huylu|habis|malin|malign tümör|κακοήθης|"
    "κακοήθεια|злокачественная|злокачественный|злокачественное|злокачественные|злокачественность|злоякісна|"
    "злоякісний|злоякісне|рак|خبيث|خبيثة|بدخیم|ממאיר|घातक|कैंसर|ác tính|ganas|มะเร็ง|เนื้อร้าย|恶性|惡性|悪性|"
    "恶性肿瘤|惡性腫瘤|悪性腫瘍|恶性结节|癌|乳腺癌|乳癌|がん|악성|악성종양|암";
constexpr std::string_view kBenign =
    "benign|benigna|benigno|benigne|benignes|benignos|benignas|benigni|benigní|benigner|bénin|bénins|bénigne|bénignes|"
    "benin|gutartig|gutartige|gutartiger|gutartiges|goedaardig|goedaardige|godartet|godartad|hyvänlaatuinen|łagodny|"
    "łagodna|łagodne|lagodny|nezhoubný|nezhoubná|nezhubný|jóindulatú|dobroćudan|dobroćudni|benigan|iyi huylu|selim|"
    "καλοήθης|доброкачественная|доброкачественный|доброкачественное|доброкачественные|доброякісна|доброякісний|حميد|"
    "حميدة|خوش خیم|خوش‌خیم|שפיר|सौम्य|lành "
    "tính|jinak|良性|良性肿瘤|良性腫瘤|良性腫瘍|良性结节|양성|양성종양";
constexpr std::string_view kNormal =
    "normal|normals|normale|normales|normaler|normaal|normaali|normální|normalny|normalna|normalan|normál|healthy|"
    "no lesion|no lesions|no tumor|no tumour|no mass|no finding|no findings|without lesion|lesion free|unauffällig|"
    "unauffaellig|unauffällige|gesund|ohne befund|kein befund|keine läsion|sain|saine|sans lésion|sano|sana|"
    "sin lesión|sin lesion|sem lesão|sem lesao|saudável|nessuna lesione|gezond|geen afwijking|geen laesie|frisk|"
    "terve|zdrowy|zdravý|egészséges|sağlıklı|φυσιολογικό|φυσιολογική|норма|нормальная|нормальный|нормальное|"
    "здоровая|здоровый|без патологии|طبيعي|سليم|نرمال|תקין|सामान्य|bình thường|ปกติ|正常|正常乳腺|健康|異常なし|정상";
/// Words beside the one that counts: "malignant tumour", "lésion bénigne", "normal breast".
constexpr std::string_view kNouns =
    "tumor|tumors|tumour|tumours|tumore|tumori|tumeur|tumeurs|tumores|tumoren|lesion|lesions|lesión|lesiones|lesão|"
    "lésion|lésions|läsion|läsionen|lesione|laesie|mass|masses|nodule|nodules|nódulo|knoten|neoplasm|neoplasms|"
    "neoplasia|finding|findings|befund|tissue|gewebe|breast|brust|image|images|case|cases|class|опухоль|образование|"
    "tümör|guz";

std::map<std::string, ClassMeaning> read_list() {
  std::map<std::string, ClassMeaning> meanings;
  for (const auto& [names, meaning] :
       {std::pair{kMalignant, ClassMeaning::kMalignant}, std::pair{kBenign, ClassMeaning::kBenign},
        std::pair{kNormal, ClassMeaning::kNormal}})
    for (const std::string& name : split_text(names, '|')) meanings.emplace(folded_name(name), meaning);
  return meanings;
}

std::vector<std::string> folded_nouns() {
  std::vector<std::string> nouns;
  for (const std::string& noun : split_text(kNouns, '|')) nouns.push_back(folded_name(noun));
  return nouns;
}

constexpr const char* kMalignantName = "malignant";
constexpr const char* kNormalName = "normal";

/// The only name for which `is` holds; "" for none or several.
template <class Condition>
std::string only_one(const std::vector<std::string>& names, const Condition& is) {
  std::string found;
  for (const std::string& name : names) {
    if (!is(name)) continue;
    if (!found.empty()) return "";
    found = name;
  }
  return found;
}

std::string known_class(const std::vector<std::string>& classes, const std::string& plain_name, ClassMeaning meaning) {
  const auto is_plain = [&](const std::string& name) { return folded_name(name) == plain_name; };
  if (std::any_of(classes.begin(), classes.end(), is_plain)) return only_one(classes, is_plain);
  return only_one(classes, [&](const std::string& name) { return class_meaning(name) == meaning; });
}

}  // namespace

std::string folded_name(std::string_view name) {
  UErrorCode code = U_ZERO_ERROR;
  const icu::Normalizer2* fold = icu::Normalizer2::getNFKCCasefoldInstance(code);
  icu::UnicodeString text = icu::UnicodeString::fromUTF8({name.data(), static_cast<std::int32_t>(name.size())});
  if (U_SUCCESS(code)) text = fold->normalize(text, code);
  icu::UnicodeString plain;
  for (std::int32_t place = 0; place < text.length(); place = text.moveIndex32(place, 1)) {
    const UChar32 letter = text.char32At(place);
    if (letter == U'\u0131')
      plain.append(UChar32{'i'});  // Turkish lower case of I
    else if (letter == U'\u0307')
      continue;  // what folding leaves of the Turkish upper case of i
    else if (letter == '_' || letter == '-' || u_isUWhiteSpace(letter) != 0)
      plain.append(UChar32{' '});
    else
      plain.append(letter);
  }
  std::string bytes, folded;
  plain.toUTF8String(bytes);
  for (const std::string& word : split_text(bytes, ' '))
    if (!word.empty()) folded += (folded.empty() ? "" : " ") + word;
  return folded;
}

ClassMeaning class_meaning(std::string_view name) {
  static const std::map<std::string, ClassMeaning> meanings = read_list();
  static const std::vector<std::string> nouns = folded_nouns();
  const std::string folded = folded_name(name);
  if (const auto found = meanings.find(folded); found != meanings.end()) return found->second;
  std::vector<std::string> words = split_text(folded, ' ');
  std::erase_if(words,
                [](const std::string& word) { return std::find(nouns.begin(), nouns.end(), word) != nouns.end(); });
  const auto found = meanings.find(join_text(words, " "));
  return found == meanings.end() ? ClassMeaning::kUnknown : found->second;
}

std::string same_class(const std::vector<std::string>& names, const std::string& wanted) {
  if (std::find(names.begin(), names.end(), wanted) != names.end()) return wanted;
  const std::string folded = folded_name(wanted);
  return only_one(names, [&](const std::string& name) { return folded_name(name) == folded; });
}

std::string known_positive_class(const std::vector<std::string>& classes) {
  return known_class(classes, kMalignantName, ClassMeaning::kMalignant);
}

std::string known_normal_class(const std::vector<std::string>& classes) {
  return known_class(classes, kNormalName, ClassMeaning::kNormal);
}

}  // namespace lanet
