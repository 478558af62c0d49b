#pragma once

#include <set>
#include <string>

namespace lanet {

/// Finds the names of people, and numbers that stand for them, in other texts of the same object.
///
/// Texts are compared as people read them: after the object's character set is undone (and, because headers name wrong
/// ones, also as UTF-8 and as Latin-1), without regard to case, accents, width of letters, hiragana or katakana, in
/// Unicode's compatibility form; "ae" stands for an a with dots. What counts as a repetition:
///   - a word of a name, or a number, of three signs and more anywhere, also across spaces and signs of the text;
///   - one of two signs as a word of the text ("Li" in "scan of Li", not in "Alinity");
///   - two or more words of a name written as one, in any order ("annamueller");
///   - in scripts that put no spaces between words (Han, Kana, Hangul, Thai ...): two signs and more anywhere.
/// Names of one letter are not looked for, but for a sign of such a script that stands alone.
class NameFinder {
 public:
  /// A value of type PN: component groups with "=", components with "^", several people with "\\". character_set: the
  /// values of (0008,0005) with "\\" between them; "" for ASCII.
  void add_person(const std::string& value, const std::string& character_set);
  /// A patient's number, of an accession, of a study.
  void add_number(const std::string& value, const std::string& character_set);

  bool is_in(const std::string& text, const std::string& character_set) const;

 private:
  std::set<std::u32string> words_;   // of names, and numbers; folded
  std::set<std::u32string> joined_;  // two and more words of a person, or of a number, as one
};

}  // namespace lanet
