#include "infer/picture_file.hpp"

#include "core/error.hpp"
#include "dicom/dicom_file.hpp"
#include "image/codec.hpp"
#include "infer/archive.hpp"
#include "infer/dicom_input.hpp"
#include "infer/input_stream.hpp"

namespace lanet {
namespace {

void refuse_archive(const std::filesystem::path& file) {
  if (!archive_kind_of_file(file).empty())
    throw DataError({file.string(), "an archive", "a picture or a DICOM file", "unpack it, or use lanet predict"});
}

void refuse_several(const std::string& place, std::int64_t count) {
  if (count > 1)
    throw DataError({place, std::to_string(count) + " frames", "one",
                     "ask for a frame (lanet_frame_count and lanet_find_frame, of a file)"});
}

void refuse_past_end(const std::filesystem::path& file, std::int64_t number, std::int64_t count) {
  if (number < 0 || number >= count)
    throw DataError({file.string(), "frame " + std::to_string(number), "0.." + std::to_string(count - 1), ""});
}

/// Every picture of a file that is no DICOM object, one after the other; stops where `see` returns false.
template <class See>
void for_each_picture(const std::filesystem::path& file, const See& see) {
  const PathToPredict path{file, file.filename().string()};
  InputStream stream({&path, 1});
  while (!stream.at_end()) {
    InputBatch batch = stream.next(1);
    if (!batch.problems.empty()) throw DataError(batch.problems.front());
    for (FinderInput& input : batch.inputs)
      if (!see(input)) return;
  }
}

}  // namespace

std::int64_t count_pictures(const std::filesystem::path& file) {
  if (is_dicom_file(file)) return DicomFile::open(file).info().frames;
  refuse_archive(file);
  std::int64_t count = 0;
  for_each_picture(file, [&](FinderInput&) { return ++count > 0; });
  return count;
}

FinderInput read_picture(const std::filesystem::path& file, std::int64_t number) {
  const std::string id = file.filename().string();
  if (is_dicom_file(file)) {
    const DicomFile object = DicomFile::open(file);
    refuse_past_end(file, number, object.info().frames);
    return dicom_input(object, number, id);
  }
  refuse_archive(file);
  std::int64_t count = 0;
  FinderInput found;
  for_each_picture(file, [&](FinderInput& input) {
    if (count++ == number) found = std::move(input);
    return count <= number;
  });
  refuse_past_end(file, number, count);
  found.id = id;
  return found;
}

FinderInput read_only_picture(const std::filesystem::path& file) {
  const std::string id = file.filename().string();
  if (is_dicom_file(file)) {
    const DicomFile object = DicomFile::open(file);
    refuse_several(file.string(), object.info().frames);
    return dicom_input(object, 0, id);
  }
  refuse_archive(file);
  std::int64_t count = 0;
  FinderInput found;
  for_each_picture(file, [&](FinderInput& input) {
    if (count++ == 0) found = std::move(input);
    return true;
  });
  refuse_several(file.string(), count);
  refuse_past_end(file, 0, count);
  found.id = id;
  return found;
}

FinderInput read_only_picture_bytes(std::string_view bytes, const std::string& name) {
  if (!is_dicom(bytes)) return {name, decode_image(bytes, name), std::nullopt, std::nullopt};
  const DicomFile object = DicomFile::parse(std::string(bytes), name);
  refuse_several(name, object.info().frames);
  return dicom_input(object, 0, name);
}

}  // namespace lanet
