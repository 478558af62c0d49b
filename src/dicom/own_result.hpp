#pragma once

#include <filesystem>
#include <string_view>

namespace lanet {

class DicomFile;

/// Whether lanet made an object as a result (segmentation, report, overlay): known by its class and by the maker and
/// model that lanet writes, whatever its file is called and in whichever transfer syntax an archive keeps it. Results
/// are no images to look at again: predict, import, the server and the node leave them out.
bool is_own_result(const DicomFile& file);
/// The same of a file. False for what is no DICOM file or cannot be read. Reads at most the first 256 KiB.
bool is_own_result_file(const std::filesystem::path& file);
/// The same of the first bytes of a file.
bool is_own_result_bytes(std::string_view first_bytes);

}  // namespace lanet
