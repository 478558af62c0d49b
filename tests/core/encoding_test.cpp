#include "core/encoding.hpp"

#include <gtest/gtest.h>

#include "core/csv.hpp"
#include "core/file.hpp"
#include "support/damage.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

using namespace std::string_literals;

TEST(Encoding, MarksAndZeroBytesDecide) {
  EXPECT_EQ(decode_text("\xEF\xBB\xBF"
                        "a")
                .text,
            "a");
  EXPECT_EQ(decode_text("\xFF\xFE"
                        "a\0\xF6\0"s)
                .text,
            "aö");
  EXPECT_EQ(decode_text("\xFE\xFF"
                        "\0a\0\xF6"s)
                .text,
            "aö");
  EXPECT_EQ(decode_text("\xFF\xFE\0\0"
                        "a\0\0\0"s)
                .text,
            "a");
  EXPECT_EQ(decode_text("i\0d\0,\0x\0"s).text, "id,x");
  EXPECT_EQ(decode_text("\0i\0d"s).encoding, "UTF-16 BE");
  EXPECT_EQ(decode_text("plain").encoding, "UTF-8");
  EXPECT_EQ(decode_text("").text, "");
}

TEST(Encoding, OtherBytesAreGuessedAndSaid) {
  const DecodedText german = decode_text("B\xF6sartig,gutartig\n");
  EXPECT_EQ(german.text, "Bösartig,gutartig\n");
  EXPECT_TRUE(german.guessed);
  EXPECT_NE(encoding_note(german, "a.csv").find("a.csv is read as windows-1252"), std::string::npos);
  EXPECT_EQ(encoding_note(decode_text("x"), "a.csv"), "");
  EXPECT_EQ(decode_text("class\n\xB6\xF1\xD0\xD4\n\xC1\xBC\xD0\xD4\n").text, "class\n恶性\n良性\n");  // GBK
}

TEST(Encoding, Utf8IsWhatTheStandardSays) {
  EXPECT_TRUE(is_utf8("aö恶😀"));
  for (const char* wrong : {"\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE6\x81", "\xFF", "\xE0\x80\x80"})
    EXPECT_FALSE(is_utf8(wrong));
}

TEST(Encoding, TablesOfSpreadsheetsInUtf16) {
  const TemporaryFolder folder;
  std::string wide = "\xFF\xFE";
  for (const char letter : "Id\tClass\r\n1\tx\r\n"s) wide += {letter, '\0'};
  write_file_atomically(folder / "a.csv", wide);
  EXPECT_EQ(read_csv(folder / "a.csv").rows.at(0).at(1), "x");
  write_file_atomically(folder / "b.csv", "image,class\nB\xF6.png,a\n");
  EXPECT_EQ(read_csv(folder / "b.csv").rows.at(0).at(0), "B\xF6.png");  // the bytes of a file name
}

TEST(Encoding, DamagedCopiesBecomeSomeText) {
  for (const std::string& damaged : damaged_copies("\xFF\xFE"
                                                   "a\0b\0\n\0"s,
                                                   500))
    EXPECT_TRUE(is_utf8(decode_text(damaged).text));
}

}  // namespace
}  // namespace lanet
