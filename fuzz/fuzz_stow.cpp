#include <vector>

#include "fuzz_target.hpp"
#include "node/delivery_queue.hpp"
#include "node/stow.hpp"

/// Answers of a web server, and records of the queue: both are JSON from outside the process.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return lanet::feed(data, size, [](const std::string& bytes) {
    const std::vector<std::string> uids{"1.2.1", "1.2.2"};
    for (const int status : {200, 202, 409, 500}) {
      const auto outcomes = lanet::read_stow_answer({status, bytes}, uids, true);
      if (outcomes.size() != uids.size()) __builtin_trap();
      if (status == 500 && outcomes[0].kind == lanet::SendOutcome::Kind::kAccepted) __builtin_trap();
    }
    const auto record = lanet::DeliveryRecord::parse(bytes, "x");
    for (const auto& object : record.objects)
      if (object.kind.find('/') != std::string::npos) __builtin_trap();
  });
}
