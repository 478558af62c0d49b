#include "infer/picture_file.hpp"

#include "core/error.hpp"
#include "core/file.hpp"
#include "dicom/dicom_file.hpp"
#include "image/codec.hpp"
#include "infer/archive.hpp"
#include "infer/dicom_input.hpp"

namespace lanet {
namespace {

/// A file that was read: a DICOM object, or the bytes of a picture.
class PictureFile {
 public:
  explicit PictureFile(const std::filesystem::path& file) : place_(file.string()), id_(file.filename().string()) {
    if (is_dicom_file(file)) {
      dicom_.emplace(DicomFile::open(file));
      return;
    }
    if (!archive_kind_of_file(file).empty())
      throw DataError({place_, "an archive", "a picture or a DICOM file", "unpack it, or use lanet predict"});
    bytes_ = read_file(file, static_cast<std::uint64_t>(input_limits().image_bytes));
    pages_ = probe_image(bytes_, place_).pages;
  }
  PictureFile(std::string_view bytes, const std::string& name) : place_(name), id_(name), bytes_(bytes) {
    if (is_dicom(bytes))
      dicom_.emplace(DicomFile::parse(bytes_, name));
    else
      pages_ = probe_image(bytes_, name).pages;
  }

  std::int64_t count() const { return dicom_ ? dicom_->info().frames : pages_; }

  FinderInput read(std::int64_t number) const {
    if (number < 0 || number >= count())
      throw DataError({place_, "frame " + std::to_string(number), "0.." + std::to_string(count() - 1), ""});
    if (dicom_) return dicom_input(*dicom_, number, id_);
    return {id_, count() == 1 ? decode_image(bytes_, place_) : decode_page(bytes_, place_, number), std::nullopt,
            std::nullopt};
  }

  FinderInput read_only_one() const {
    if (count() > 1)
      throw DataError({place_, std::to_string(count()) + " frames", "one",
                       "ask for a frame (lanet_frame_count and lanet_find_frame, of a file)"});
    return read(0);
  }

 private:
  std::string place_, id_, bytes_;
  std::optional<DicomFile> dicom_;
  std::int64_t pages_ = 1;
};

}  // namespace

std::int64_t count_pictures(const std::filesystem::path& file) { return PictureFile(file).count(); }

FinderInput read_picture(const std::filesystem::path& file, std::int64_t number) {
  return PictureFile(file).read(number);
}

FinderInput read_only_picture(const std::filesystem::path& file) { return PictureFile(file).read_only_one(); }

FinderInput read_only_picture_bytes(std::string_view bytes, const std::string& name) {
  return PictureFile(bytes, name).read_only_one();
}

}  // namespace lanet
