#include "serve/request_head.hpp"

#include <gtest/gtest.h>

namespace lanet {
namespace {

std::variant<RequestHead, HeadRefusal> check(const std::string& lines, const HeadLimits& limits = {}) {
  return check_request_head(lines + "\r\n", limits);
}

/// Status of the refusal; 0 for a good head.
int refused(const std::string& lines, const HeadLimits& limits = {}) {
  const auto result = check(lines, limits);
  const auto* refusal = std::get_if<HeadRefusal>(&result);
  return refusal ? refusal->status : 0;
}

std::string with(const std::string& header) { return "POST /v1/findings HTTP/1.1\r\nHost: localhost\r\n" + header; }

TEST(RequestHead, TakesAPlainRequest) {
  const auto result = check("GET /v1/items?x=1 HTTP/1.1\r\nHost: localhost:8080\r\nAccept:  */* \r\n");
  ASSERT_TRUE(std::holds_alternative<RequestHead>(result));
  const auto& head = std::get<RequestHead>(result);
  EXPECT_EQ(head.method, "GET");
  EXPECT_TRUE(head.keep_alive);
  EXPECT_FALSE(head.has_body);
  EXPECT_EQ(head.text, "GET /v1/items?x=1 HTTP/1.1\r\nhost: localhost:8080\r\naccept: */*\r\n\r\n");
}

TEST(RequestHead, RefusesLinesThatAreNone) {
  EXPECT_EQ(refused("\r\n"), 400);
  EXPECT_EQ(refused("GET\r\n"), 400);
  EXPECT_EQ(refused("GET /\r\n"), 400);
  EXPECT_EQ(refused("GET / HTTP/2.0\r\nHost: a\r\n"), 400);
  EXPECT_EQ(refused("GET  / HTTP/1.1\r\nHost: a\r\n"), 400);
  EXPECT_EQ(refused("get / HTTP/1.1\r\nHost: a\r\n"), 405);
  EXPECT_EQ(refused("BREW / HTTP/1.1\r\nHost: a\r\n"), 405);
  EXPECT_EQ(refused("GET http://a/ HTTP/1.1\r\nHost: a\r\n"), 400);
  EXPECT_EQ(refused("GET /\x80 HTTP/1.1\r\nHost: a\r\n"), 400);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n"), 400);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n"), 400);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n"), 400);
  EXPECT_EQ(refused("GET / HTTP/1.1\nHost: a\n"), 400);
}

TEST(RequestHead, WantsOneHost) {
  EXPECT_EQ(refused("GET / HTTP/1.1\r\n"), 400);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n"), 400);
  EXPECT_EQ(refused("GET / HTTP/1.0\r\n"), 0);
}

TEST(RequestHead, RefusesLengthsThatLie) {
  for (const char* length : {"-1", "+1", "1 1", "0x10", "", "1,1", "99999999999999999999", "1e3"})
    EXPECT_EQ(refused(with(std::string("Content-Length: ") + length + "\r\n")), 400) << length;
  EXPECT_EQ(refused(with("Content-Length: 1\r\nContent-Length: 1\r\n")), 400);
  EXPECT_EQ(refused(with("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n")), 400);
  EXPECT_EQ(refused(with("Transfer-Encoding: gzip, chunked\r\n")), 400);
  EXPECT_EQ(refused(with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")), 400);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"), 400);
}

TEST(RequestHead, RefusesABodyPastTheLimitBeforeItComes) {
  HeadLimits limits;
  limits.body_bytes = 100;
  EXPECT_EQ(refused(with("Content-Length: 100\r\n"), limits), 0);
  EXPECT_EQ(refused(with("Content-Length: 101\r\n"), limits), 413);
}

TEST(RequestHead, BoundsAddressLinesAndSize) {
  EXPECT_EQ(refused("GET /" + std::string(2047, 'a') + " HTTP/1.1\r\nHost: a\r\n"), 0);
  EXPECT_EQ(refused("GET /" + std::string(2048, 'a') + " HTTP/1.1\r\nHost: a\r\n"), 414);
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int line = 0; line < 64; ++line) many += "X: 1\r\n";
  EXPECT_EQ(refused(many), 431);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(16 << 10, 'x') + "\r\n"), 431);
}

TEST(RequestHead, KeepsFormsAndRangesFromTheLibrary) {
  const auto result = check(with("Content-Type: multipart/form-data; boundary=x\r\nRange: bytes=0-1,2-3\r\n"));
  const std::string& text = std::get<RequestHead>(result).text;
  EXPECT_EQ(text.find("content-type: "), std::string::npos);
  EXPECT_NE(text.find(std::string(kContentType) + ": multipart/form-data; boundary=x\r\n"), std::string::npos);
  EXPECT_EQ(text.find("ange"), std::string::npos);
  EXPECT_NE(text.find("content-length: 0\r\n"), std::string::npos) << "a POST without a body does not wait for one";
}

TEST(RequestHead, RefusesWhatItCannotDo) {
  EXPECT_EQ(refused(with("Content-Encoding: gzip\r\n")), 415);
  EXPECT_EQ(refused(with("Expect: 200-ok\r\n")), 417);
}

}  // namespace
}  // namespace lanet
