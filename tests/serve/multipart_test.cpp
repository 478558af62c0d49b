#include "serve/multipart.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace lanet {
namespace {

std::string part(const std::string& header, const std::string& content) {
  return "--b\r\n" + header + "\r\n\r\n" + content + "\r\n";
}

TEST(Multipart, ReadsPartsWithTheirNames) {
  const std::string body = part(
                               "Content-Disposition: form-data; name=\"file\"; filename=\"C:\\scans\\a "
                               "\\\"1\\\".png\"\r\nContent-Type: image/png",
                               "\x89PNG\r\n-- b inside\r\n") +
                           part("content-disposition: form-data; name=note", "hello") + "--b--\r\n";
  const auto parts = parse_multipart(body, "b", 10);
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].name, "file");
  EXPECT_EQ(parts[0].file_name, "a \"1\".png");
  EXPECT_EQ(parts[1].name, "note");
  EXPECT_EQ(parts[1].file_name, "");
  EXPECT_EQ(parts[1].content, "hello");
}

TEST(Multipart, RefusesWhatIsNone) {
  const std::string good = part("Content-Disposition: form-data; name=\"file\"", "x");
  for (const std::string& body :
       {std::string(), std::string("--b"), good, good + "--b", std::string("--b\r\nx\r\n--b--"),
        part("X: y", "x") + "--b--", part("Content-Disposition: form-data", "x") + "--b--"})
    EXPECT_THROW(parse_multipart(body, "b", 10), DataError) << body;
  EXPECT_THROW(parse_multipart(good + good + "--b--", "b", 1), DataError);
}

TEST(Multipart, TakesOnlyBoundariesOfTheStandard) {
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=\"a b\""), "a b");
  EXPECT_EQ(multipart_boundary("Multipart/Form-Data; charset=utf-8; Boundary=xyz"), "xyz");
  EXPECT_FALSE(multipart_boundary("multipart/form-data"));
  EXPECT_FALSE(multipart_boundary("multipart/form-data; boundary="));
  EXPECT_FALSE(multipart_boundary("multipart/form-data; boundary=" + std::string(71, 'x')));
  EXPECT_FALSE(multipart_boundary("image/png; boundary=x"));
}

TEST(Multipart, FileNamesLoseFoldersAndControlCharacters) {
  EXPECT_EQ(plain_file_name("../../etc/passwd"), "passwd");
  EXPECT_EQ(plain_file_name("a\r\nb"), "ab");
  EXPECT_EQ(plain_file_name(".."), "upload");
  EXPECT_EQ(plain_file_name(""), "upload");
  EXPECT_EQ(plain_file_name("\xFF.png"), "\xEF\xBF\xBD.png") << "what is no UTF-8 becomes the sign for that";
  EXPECT_EQ(plain_file_name(std::string(199, 'a') + "\xC3\xBC"), std::string(199, 'a'));
}

}  // namespace
}  // namespace lanet
