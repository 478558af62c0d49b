#include "fuzz_target.hpp"
#include "serve/request_head.hpp"

// What passes must pass again as it was rewritten: nothing is left in it that reads differently the second time.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return lanet::feed(data, size, [](const std::string& bytes) {
    const auto first = lanet::check_request_head(bytes, {});
    const auto* head = std::get_if<lanet::RequestHead>(&first);
    if (!head) return;
    lanet::HeadLimits wide;
    wide.head_bytes *= 2;
    wide.lines *= 2;
    const auto second = lanet::check_request_head(head->text, wide);
    const auto* again = std::get_if<lanet::RequestHead>(&second);
    if (!again || again->has_body != head->has_body || again->method != head->method) __builtin_trap();
  });
}
