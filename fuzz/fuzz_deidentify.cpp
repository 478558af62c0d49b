#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include "dicom/confidentiality_profile.hpp"
#include "dicom/deidentify.hpp"
#include "fuzz_target.hpp"

namespace {

/// Nothing of what must be gone, at any depth.
void check_clean(DcmItem& item) {
  DcmStack stack;
  while (item.nextObject(stack, OFTrue).good()) {
    const DcmTagKey tag = stack.top()->getTag();
    const std::uint32_t number = std::uint32_t{tag.getGroup()} << 16 | tag.getElement();
    if (tag.getGroup() == 0xFFFE) continue;
    if (lanet::removed_as_group(number)) __builtin_trap();
    const lanet::ProfileRow* row = lanet::profile_row(number);
    if (row && row->action == lanet::ProfileAction::remove && row->kept_with == lanet::kKeptWithNothing)
      __builtin_trap();
  }
}

}  // namespace

// Whatever comes in: a refusal, or an object that can be read again and holds nothing that the profile removes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return lanet::feed(data, size, [](const std::string& bytes) {
    lanet::InputLimits limits;
    limits.image_pixels = 1 << 16;
    limits.dicom_bytes = 1 << 20;
    lanet::DeidentifyOptions options;
    options.keep_pixels = bytes.size() % 2 == 1;
    options.shift_days = bytes.size() % 3 == 1 ? 40 : 0;
    lanet::Pseudonyms pseudonyms("a key of more than sixteen bytes");
    const lanet::DeidentifiedObject result =
        lanet::deidentify(lanet::DicomFile::parse(bytes, "x", limits), options, pseudonyms);
    const lanet::DicomFile again = lanet::DicomFile::parse(result.bytes, "y", limits);
    check_clean(again.dataset());
    OFString name;
    again.dataset().findAndGetOFString(DCM_PatientName, name);
    if (result.patient != name.c_str()) __builtin_trap();
    if (!options.keep_pixels) again.frame(again.info().frames - 1);
  });
}
