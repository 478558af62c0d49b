#include "fuzz_target.hpp"
#include "infer/archive.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return lanet::feed(data, size, [](const std::string& bytes) {
    lanet::InputLimits limits;
    limits.dicom_bytes = limits.image_bytes = 1 << 18;
    limits.archive_bytes = 1 << 20;
    limits.archive_entries = 100;
    std::vector<std::string> problems;
    lanet::ArchiveReader reader(bytes, "x", limits);
    while (const auto entry = reader.next(problems))
      if (!lanet::fault_of_entry_name(entry->name).empty()) __builtin_trap();
    for (const std::string& problem : problems)
      if (problem.find('\n') != std::string::npos) __builtin_trap();
  });
}
