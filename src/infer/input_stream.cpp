#include "infer/input_stream.hpp"

#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "core/file.hpp"
#include "dicom/dicom_file.hpp"
#include "dicom/lanet_result.hpp"
#include "image/codec.hpp"
#include "infer/archive.hpp"
#include "infer/dicom_input.hpp"
#include "infer/picture_content.hpp"

namespace lanet {
namespace {

/// What Windows, macOS and hidden folders leave in archives.
bool is_hidden(const std::filesystem::path& name) {
  return std::any_of(name.begin(), name.end(), [](const std::filesystem::path& part) {
    return part == "__MACOSX" || (part != "." && is_hidden_name(part));
  });
}

}  // namespace

InputStream::InputStream(std::span<const PathToPredict> files) : files_(files) {
  for (const PathToPredict& file : files) names_.keep(file.name);
}
InputStream::~InputStream() = default;

InputBatch InputStream::next(std::size_t most) {
  InputBatch batch;
  while (batch.inputs.size() < most && !at_end()) {
    try {
      read_next(batch);
    } catch (const DataError& error) {
      batch.problems.emplace_back(error.what());
    } catch (const SystemError& error) {  // vanished or unreadable: a fault of this file alone
      batch.problems.emplace_back(error.what());
    }
  }
  batch.files_done = next_file_ - (open_ || archive_ || !pages_.empty() ? 1 : 0);
  return batch;
}

void InputStream::read_next(InputBatch& batch) {
  if (open_)
    read_frame(batch);
  else if (!pages_.empty())
    read_page(batch);
  else if (archive_)
    read_entry(batch);
  else
    read_file(batch);
}

void InputStream::read_file(InputBatch& batch) {
  const PathToPredict& path = files_[next_file_++];
  if (has_archive_extension(path.file) || !archive_kind_of_file(path.file).empty()) {
    archive_ = std::make_unique<ArchiveReader>(path.file);
    images_in_archive_ = 0;
    return;
  }
  origin_ = {path.file.string(), path.name, origin_.object + 1, -1, 1, std::nullopt, nullptr, 0};
  if (is_dicom_file(path.file)) {
    return begin_frames(std::make_shared<const DicomFile>(DicomFile::open(path.file)));
  }
  std::string bytes = lanet::read_file(path.file, static_cast<std::uint64_t>(input_limits().image_bytes));
  if (has_dicom_extension(path.file) && !begins_as_picture(bytes))
    throw DataError({path.file.string(), bytes.empty() ? "an empty file" : "no DICM after the first 128 bytes",
                     "a DICOM file with its header", "fetch or export it anew"});
  begin_picture(batch, std::move(bytes));
}

/// Of a damaged archive, the one line is all: there is no next entry.
std::optional<ArchiveEntry> InputStream::next_entry(InputBatch& batch) {
  const std::size_t problems = batch.problems.size();
  try {
    std::optional<ArchiveEntry> entry = archive_->next(batch.problems);
    images_in_archive_ += batch.problems.size() - problems;
    return entry;
  } catch (const DataError&) {
    archive_.reset();
    const bool named_already =
        batch.problems.size() > problems && batch.problems.back().find("a damaged entry") != std::string::npos;
    if (named_already) batch.problems.pop_back();
    throw;
  }
}

void InputStream::read_entry(InputBatch& batch) {
  const std::optional<ArchiveEntry> entry = next_entry(batch);
  if (!entry) {
    if (images_in_archive_ == 0)
      batch.problems.push_back(
          Problem{archive_->place(), "no image in the archive", "PNG, JPEG, BMP, TIFF or DICOM files", ""}.line());
    archive_.reset();
    return;
  }
  const std::filesystem::path name(entry->name);
  const bool dicom = is_dicom(entry->bytes) && name.filename() != "DICOMDIR";
  const bool picture = has_image_extension(name) || (has_no_kind(name) && begins_as_picture(entry->bytes));
  if (is_hidden(name) || (!dicom && !picture)) return;
  ++images_in_archive_;
  if (is_lanet_result(entry->bytes)) {
    ++batch.results_left_out;
    return;
  }
  if (!dicom && stem_of_masked_image(name) && holds_a_mask(entry->bytes)) {
    ++batch.masks_left_out;
    return;
  }
  const std::string place = archive_->place() + ":" + entry->name;
  origin_ = {place, names_.name_for(name), origin_.object + 1, -1, 1, std::nullopt, nullptr, 0};
  if (dicom) {
    return begin_frames(std::make_shared<const DicomFile>(DicomFile::parse(entry->bytes, place)));
  }
  begin_picture(batch, entry->bytes);
}

void InputStream::begin_frames(std::shared_ptr<const DicomFile> file) {
  if (file->info().frames > 1) origin_.name = names_.with_frames(origin_.name, file->info().frames);
  open_ = std::move(file);
  next_frame_ = 0;
}

void InputStream::begin_picture(InputBatch& batch, std::string bytes) {
  const std::int64_t pages = probe_image(bytes, origin_.file).pages;
  if (pages == 1) return add_input(batch, origin_, decode_image(bytes, origin_.file));
  origin_.name = names_.with_frames(origin_.name, pages);
  origin_.frames = pages;
  pages_ = std::move(bytes);
  next_frame_ = 0;
}

void InputStream::read_page(InputBatch& batch) {
  // Whatever becomes of this page, the file is done after its last one.
  InputOrigin origin = origin_;
  origin.frame = next_frame_++;
  const bool last = next_frame_ == origin_.frames;
  const std::string last_bytes = last ? std::exchange(pages_, {}) : std::string();
  add_input(batch, origin, decode_page(last ? last_bytes : pages_, origin_.file, origin.frame));
}

void InputStream::add_input(InputBatch& batch, const InputOrigin& origin, Image image) {
  const std::string name = origin.frame < 0 ? origin.name : frame_name(origin.name, origin.frame);
  batch.inputs.push_back({name, std::move(image), std::nullopt, std::nullopt});
  batch.origins.push_back(origin);
}

void InputStream::read_frame(InputBatch& batch) {
  // Whatever becomes of this frame, the file is done after its last one.
  const std::shared_ptr<const DicomFile> file = open_;
  const DicomInfo& info = file->info();
  const std::int64_t frame = next_frame_++;
  if (next_frame_ == info.frames) open_.reset();
  const bool several = info.frames > 1;
  batch.inputs.push_back(dicom_input(*file, frame, several ? frame_name(origin_.name, frame) : origin_.name));
  batch.origins.push_back(
      {origin_.file, origin_.name, origin_.object, several ? frame : -1, info.frames, info.frame_ms, file, frame});
}

}  // namespace lanet
