#include "dicom/name_finder.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcspchrs.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>

#include "core/text.hpp"

namespace lanet {
namespace {

using Letters = std::u32string;

constexpr std::size_t kShortest = 2;   // signs of a name or number, as a word of the text
constexpr std::size_t kAnywhere = 3;   // within a word, and across words
constexpr std::size_t kMostWords = 6;  // of a person's name that are joined in every order

bool is_utf8(const std::string& text) {
  UErrorCode status = U_ZERO_ERROR;
  int32_t length = 0;
  u_strFromUTF8(nullptr, 0, &length, text.data(), static_cast<int32_t>(text.size()), &status);
  return status == U_BUFFER_OVERFLOW_ERROR || U_SUCCESS(status);
}

bool is_ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char letter) { return (letter & 0x80) == 0; });
}

std::optional<icu::UnicodeString> converted(const std::string& text, const std::string& character_set) {
  DcmSpecificCharacterSet converter;
  OFString made;
  if (character_set.empty() || converter.selectCharacterSet(character_set.c_str()).bad() ||
      converter.convertString(OFString(text.data(), text.size()), made, "\\^=").bad())
    return std::nullopt;
  return icu::UnicodeString::fromUTF8(icu::StringPiece(made.c_str(), static_cast<int32_t>(made.size())));
}

/// What the bytes may say. Bytes beyond ASCII that are UTF-8 hardly mean anything else, whatever the header says; where
/// neither that nor the named character set fits, they are Latin-1.
std::vector<icu::UnicodeString> readings(const std::string& text, const std::string& character_set) {
  constexpr char kEscape = '\x1B';  // changes to another character set within the text
  const bool escaped = text.find(kEscape) != std::string::npos;
  if (is_utf8(text) && !escaped) {
    std::vector<icu::UnicodeString> list{icu::UnicodeString::fromUTF8(text)};
    const bool often_wrong = character_set == "ISO_IR 100" || character_set == "ISO_IR 192";
    if (is_ascii(text) || often_wrong) return list;
    if (auto other = converted(text, character_set)) list.push_back(*other);
    return list;
  }
  if (auto named = converted(text, character_set)) return {*named};
  icu::UnicodeString latin;
  for (const char letter : text) latin.append(static_cast<UChar32>(static_cast<unsigned char>(letter)));
  return {latin};
}

bool is_mark(UChar32 letter) { return (U_GET_GC_MASK(letter) & U_GC_M_MASK) != 0; }
bool in_word(char32_t letter) { return u_isalnum(static_cast<UChar32>(letter)) != 0; }
bool is_digit(char32_t letter) { return u_isdigit(static_cast<UChar32>(letter)) != 0; }

/// Scripts that are written without spaces between words.
bool without_spaces(char32_t letter) {
  UErrorCode status = U_ZERO_ERROR;
  switch (uscript_getScript(static_cast<UChar32>(letter), &status)) {
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_HANGUL:
    case USCRIPT_BOPOMOFO:
    case USCRIPT_THAI:
    case USCRIPT_LAO:
    case USCRIPT_KHMER:
    case USCRIPT_MYANMAR:
      return true;
    default:
      return false;
  }
}

/// Case, accents, width and kind of kana undone.
Letters folded(const icu::UnicodeString& text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* fold = icu::Normalizer2::getNFKCCasefoldInstance(status);
  const icu::Normalizer2* apart = icu::Normalizer2::getNFDInstance(status);
  const icu::Normalizer2* together = icu::Normalizer2::getNFCInstance(status);
  if (U_FAILURE(status)) return {};
  const icu::UnicodeString decomposed = apart->normalize(fold->normalize(text, status), status);
  icu::UnicodeString bare;
  for (int32_t at = 0; at < decomposed.length(); at = decomposed.moveIndex32(at, 1)) {
    UChar32 letter = decomposed.char32At(at);
    if (is_mark(letter)) continue;
    if (letter >= 0x30A1 && letter <= 0x30F6) letter -= 0x60;  // katakana
    bare.append(letter);
  }
  bare = together->normalize(bare, status);  // Hangul again as syllables
  Letters letters;
  for (int32_t at = 0; at < bare.length(); at = bare.moveIndex32(at, 1))
    letters += static_cast<char32_t>(bare.char32At(at));
  return letters;
}

/// The same with letters that have dots, rings or strokes written as two.
icu::UnicodeString spelled_out(const icu::UnicodeString& text) {
  icu::UnicodeString spelled;
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* together = icu::Normalizer2::getNFCInstance(status);
  icu::UnicodeString lower = U_SUCCESS(status) ? together->normalize(text, status) : text;
  lower.foldCase();
  for (int32_t at = 0; at < lower.length(); at = lower.moveIndex32(at, 1)) {
    const UChar32 letter = lower.char32At(at);
    switch (letter) {
      case 0xE4:
      case 0xE6:
        spelled.append("ae");
        break;
      case 0xF6:
      case 0xF8:
      case 0x153:
        spelled.append("oe");
        break;
      case 0xFC:
        spelled.append("ue");
        break;
      case 0xE5:
        spelled.append("aa");
        break;
      default:
        spelled.append(letter);
    }
  }
  return spelled;
}

std::vector<Letters> words_of(const Letters& text) {
  std::vector<Letters> words(1);
  for (const char32_t letter : text) {
    if (in_word(letter))
      words.back() += letter;
    else if (!words.back().empty())
      words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

Letters one_word(const Letters& text) {
  Letters joined;
  for (const char32_t letter : text)
    if (in_word(letter)) joined += letter;
  return joined;
}

/// Runs of one kind: signs of scripts without spaces, or others.
std::vector<Letters> runs_of(const Letters& word) {
  std::vector<Letters> runs;
  for (const char32_t letter : word) {
    if (runs.empty() || without_spaces(runs.back().back()) != without_spaces(letter)) runs.emplace_back();
    runs.back() += letter;
  }
  return runs;
}

bool only_digits(const Letters& text) { return std::all_of(text.begin(), text.end(), is_digit); }

}  // namespace

void NameFinder::add_person(const std::string& value, const std::string& character_set) {
  const auto add_group = [this](const Letters& group) {
    std::vector<Letters> words = words_of(group);
    std::erase_if(words, only_digits);
    for (const Letters& word : words)
      if (word.size() >= kShortest || without_spaces(word.front())) words_.insert(word);
    words.resize(std::min(words.size(), kMostWords));
    // Every order of two and more words, written as one: 2 to 6 words give at most 1,950.
    std::vector<std::size_t> chosen;
    const auto extend = [&](const auto& again, const Letters& so_far) -> void {
      if (chosen.size() > 1 && (so_far.size() >= kAnywhere || without_spaces(so_far.front()))) joined_.insert(so_far);
      for (std::size_t index = 0; index < words.size(); ++index) {
        if (std::find(chosen.begin(), chosen.end(), index) != chosen.end()) continue;
        chosen.push_back(index);
        again(again, so_far + words[index]);
        chosen.pop_back();
      }
    };
    extend(extend, {});
  };
  for (const icu::UnicodeString& reading : readings(value, character_set))
    for (const Letters& spelling : {folded(reading), folded(spelled_out(reading))}) {
      Letters group;
      for (const char32_t letter : spelling + U"=") {
        if (letter != U'=' && letter != U'\\') {
          group += letter;
          continue;
        }
        add_group(group);
        group.clear();
      }
    }
}

void NameFinder::add_number(const std::string& value, const std::string& character_set) {
  for (const icu::UnicodeString& reading : readings(value, character_set)) {
    const Letters letters = folded(reading);
    for (const Letters& word : words_of(letters))
      if (word.size() >= kShortest) words_.insert(word);
    if (const Letters whole = one_word(letters); whole.size() >= kAnywhere) joined_.insert(whole);
  }
}

bool NameFinder::is_in(const std::string& text, const std::string& character_set) const {
  if (text.empty() || (words_.empty() && joined_.empty())) return false;
  const auto repeats = [&](const Letters& letters) {
    for (const Letters& word : words_of(letters)) {
      if (words_.contains(word)) return true;
      for (const Letters& run : runs_of(word))
        if (words_.contains(run)) return true;
    }
    const Letters whole = one_word(letters);
    const auto within = [&whole](const Letters& name) { return whole.find(name) != Letters::npos; };
    return std::any_of(joined_.begin(), joined_.end(), within) ||
           std::any_of(words_.begin(), words_.end(), [&](const Letters& name) {
             return name.size() >= (without_spaces(name.front()) ? kShortest : kAnywhere) && within(name);
           });
  };
  for (const icu::UnicodeString& reading : readings(text, character_set))
    if (repeats(folded(reading)) || repeats(folded(spelled_out(reading)))) return true;
  return false;
}

}  // namespace lanet
