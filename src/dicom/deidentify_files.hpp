#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/progress.hpp"
#include "dicom/deidentify.hpp"

namespace lanet {

/// One file of a run.
struct DeidentifiedFile {
  std::filesystem::path source;
  std::string file;    // below the output folder: PATIENT/UID.dcm (UID_2.dcm for the same UID again); empty: refused
  std::string reason;  // of the refusal
  DeidentifiedObject what;  // without its bytes
};

/// Called for every file, in order.
using SeeDeidentified = std::function<void(const DeidentifiedFile&)>;

/// Writes OUT/PATIENT/UID.dcm for every file and OUT/deidentify-report.csv (file, tag, keyword, action, count; no value
/// that was removed, no name of a source). A file that is refused does not end the work; nothing is written for it.
/// Throws SystemError, Interrupted after a stop request, with the report of what was done.
std::vector<DeidentifiedFile> deidentify_files(const std::vector<std::filesystem::path>& files,
                                               const std::filesystem::path& out, const DeidentifyOptions& options,
                                               Pseudonyms& pseudonyms, Progress& progress,
                                               const SeeDeidentified& see = {});

/// The way back, as a list (kind, old, new) of files, patients and UIDs: written where it is asked for, for its owner
/// only. Throws SystemError.
void write_mapping(const std::filesystem::path& path, const std::vector<DeidentifiedFile>& files,
                   const Pseudonyms& pseudonyms);

}  // namespace lanet
