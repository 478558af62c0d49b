#include <algorithm>

#include "fuzz_target.hpp"
#include "serve/multipart.hpp"

// The first line is a Content-Type, the rest a body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return lanet::feed(data, size, [](const std::string& bytes) {
    const std::size_t line = std::min(bytes.find('\n'), bytes.size());
    const auto boundary = lanet::multipart_boundary(bytes.substr(0, line));
    const std::string body = bytes.substr(std::min(line + 1, bytes.size()));
    for (const lanet::FormPart& part : lanet::parse_multipart(body, boundary.value_or("x"), 100))
      if (part.content.size() > body.size() || part.file_name.find('/') != std::string::npos) __builtin_trap();
  });
}
