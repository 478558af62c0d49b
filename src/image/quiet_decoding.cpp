#include "image/quiet_decoding.hpp"

#include <cstdio>
#include <iostream>
#include <streambuf>

#include <opencv2/core/utils/logger.hpp>
#include <sys/types.h>
#include <unistd.h>

namespace lanet {
namespace {

thread_local int decoding = 0;

/// Hands everything on that a thread writes which is not decoding.
class Filter : public std::streambuf {
 public:
  explicit Filter(std::streambuf* target) : target_(target) {}

 protected:
  int_type overflow(int_type letter) override {
    if (decoding > 0 || traits_type::eq_int_type(letter, traits_type::eof())) return traits_type::not_eof(letter);
    return target_->sputc(traits_type::to_char_type(letter));
  }
  std::streamsize xsputn(const char* text, std::streamsize count) override {
    return decoding > 0 ? count : target_->sputn(text, count);
  }
  int sync() override { return target_->pubsync(); }

 private:
  std::streambuf* target_;
};

ssize_t write_unless_decoding(void*, const char* text, std::size_t count) {
  return decoding > 0 ? static_cast<ssize_t>(count) : ::write(STDERR_FILENO, text, count);
}

}  // namespace

void keep_decoders_quiet() {
  static bool done = false;
  if (done) return;
  done = true;
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  static Filter* const filter = new Filter(std::cerr.rdbuf());  // never freed: std::cerr outlives every other object
  std::cerr.rdbuf(filter);
  std::FILE* const stream = fopencookie(nullptr, "w", {nullptr, write_unless_decoding, nullptr, nullptr});
  if (stream == nullptr) return;
  std::setvbuf(stream, nullptr, _IONBF, 0);
  stderr = stream;
}

Decoding::Decoding() { ++decoding; }
Decoding::~Decoding() { --decoding; }

}  // namespace lanet
