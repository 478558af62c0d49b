#include "dicom/pseudonyms.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/sha256.hpp"
#include "core/text.hpp"
#include "dicom/result_objects.hpp"

namespace lanet {
namespace {

constexpr std::size_t kShortestKey = 16;  // bytes
constexpr std::size_t kPseudonymLetters = 12;
constexpr std::uint64_t kMostKeyBytes = 1 << 20;

}  // namespace

Pseudonyms::Pseudonyms(std::string key) : key_(std::move(key)) {
  if (key_.size() < kShortestKey)
    throw ConfigError({"key", std::to_string(key_.size()) + " bytes", "at least " + std::to_string(kShortestKey),
                       "name a file that is not there: a key is made in it"});
}

std::string Pseudonyms::uid(const std::string& old) {
  std::string& made = uids_[old];
  if (made.empty()) {
    const std::array<std::string, 3> parts{"lanet de-identified UID", key_, old};
    made = derived_uid(parts);
    made_.push_back({"uid", old, made});
  }
  return made;
}

std::string Pseudonyms::patient(const std::string& identity) {
  std::string& made = patients_[identity];
  if (!made.empty()) return made;
  // Letters that nobody confuses; 12 of 32: two of a million patients agree with a chance below one in a million.
  static constexpr char kLetters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  const std::string digest = sha256_hex("lanet patient:" + std::to_string(key_.size()) + ":" + key_ + ":" + identity);
  made = "P";
  for (std::size_t letter = 0; letter < kPseudonymLetters; ++letter)
    made += kLetters[std::stoul(digest.substr(2 * letter, 2), nullptr, 16) % 32];
  made_.push_back({"patient", identity, made});
  return made;
}

std::string random_key() {
  std::array<unsigned char, 32> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw SystemError({"random key", "no random bytes from the system", "", "name a key file by --key"});
  return sha256_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string read_key(const std::filesystem::path& file) {
  const std::string key = trim(read_file(file, kMostKeyBytes));
  Pseudonyms check(key);  // throws for a short one
  return key;
}

void write_new_key(const std::filesystem::path& file, const std::string& key) {
  const std::string line = key + "\n";
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor < 0 && errno == EEXIST)
    throw DataError({file.string(), "a key that appeared meanwhile", "no file, or one from the start",
                     "run the command again: it takes that key"});
  const bool whole =
      descriptor >= 0 && ::write(descriptor, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  const int code = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (descriptor >= 0 && !whole) ::unlink(file.c_str());  // half a key is none
  if (!whole)
    throw SystemError({file.string(), std::string("cannot be written (") + std::strerror(code) + ")", "",
                       remedy_for_system_error(code)});
}

void write_private_file(const std::filesystem::path& file, const std::string& content) {
  namespace fs = std::filesystem;
  replace_file_atomically(file, [&](const fs::path& temporary) {
    std::ofstream(temporary, std::ios::binary).flush();
    fs::permissions(temporary, fs::perms::owner_read | fs::perms::owner_write, fs::perm_options::replace);
    std::ofstream out(temporary, std::ios::binary);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    if (!out.flush()) throw SystemError({file.string(), "cannot be written", "", "free space on that disk"});
  });
}

}  // namespace lanet
