#include "serve/zip_writer.hpp"

#include <archive.h>
#include <archive_entry.h>

#include "core/error.hpp"

namespace lanet {

struct ZipWriter::Stream {
  archive* writer = archive_write_new();
  std::string bytes;

  ~Stream() { archive_write_free(writer); }
  void check(la_ssize_t code) const {
    if (code < ARCHIVE_WARN)
      throw SystemError({"zip archive", archive_error_string(writer), "", "try with fewer items"});
  }
  static la_ssize_t write(archive*, void* target, const void* data, std::size_t size) {
    static_cast<Stream*>(target)->bytes.append(static_cast<const char*>(data), size);
    return static_cast<la_ssize_t>(size);
  }
};

ZipWriter::ZipWriter() : stream_(std::make_unique<Stream>()) {
  stream_->check(archive_write_set_format_zip(stream_->writer));
  stream_->check(archive_write_set_bytes_in_last_block(stream_->writer, 1));
  stream_->check(archive_write_open(stream_->writer, stream_.get(), nullptr, &Stream::write, nullptr));
}

ZipWriter::~ZipWriter() = default;

void ZipWriter::add(const std::string& name, std::string_view bytes) {
  const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(), &archive_entry_free);
  archive_entry_set_pathname_utf8(entry.get(), name.c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes.size()));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  stream_->check(archive_write_header(stream_->writer, entry.get()));
  stream_->check(archive_write_data(stream_->writer, bytes.data(), bytes.size()));
}

std::string ZipWriter::finish() {
  stream_->check(archive_write_close(stream_->writer));
  return std::move(stream_->bytes);
}

}  // namespace lanet
