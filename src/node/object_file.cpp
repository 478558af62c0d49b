#include "node/object_file.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace lanet {

ObjectFile::ObjectFile(ObjectTaker& taker, ReceivedObject& object, std::uint64_t most_bytes)
    : taker_(taker), object_(object), most_bytes_(most_bytes) {}

ObjectFile::~ObjectFile() { close(); }

void ObjectFile::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

void ObjectFile::begin(std::string_view header) {
  if (object_.status != ObjectTaker::kSuccess) return;
  object_.file = taker_.new_file();
  descriptor_ = ::open(object_.file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (descriptor_ < 0) return object_.refuse(ObjectTaker::kOutOfResources, std::strerror(errno));
  write(header);
}

bool ObjectFile::add(std::string_view piece) {
  seen_ += piece.size();
  if (seen_ > most_bytes_) object_.refuse(ObjectTaker::kCannotUnderstand, "larger than limits.object_mib");
  write(piece);
  return seen_ <= 2 * most_bytes_;
}

void ObjectFile::write(std::string_view bytes) {
  while (object_.status == ObjectTaker::kSuccess && !bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return object_.refuse(ObjectTaker::kOutOfResources, std::strerror(errno));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void ObjectFile::end() {
  if (object_.complete && object_.status == ObjectTaker::kSuccess && ::fsync(descriptor_) != 0)
    object_.refuse(ObjectTaker::kOutOfResources, std::strerror(errno));
  close();
  if (object_.file.empty() || (object_.complete && object_.status == ObjectTaker::kSuccess)) return;
  std::error_code ignored;
  std::filesystem::remove(object_.file, ignored);
}

}  // namespace lanet
