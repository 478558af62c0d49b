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

/// Where results go.
struct DeidentifyPlaces {
  std::filesystem::path out;      // PATIENT/UID.dcm, deidentify-report.csv
  std::filesystem::path mapping;  // old and new names; empty: none is written
  bool overwrite = false;         // files in the output folder that lanet did not write
  std::function<void()> before_results =
      {};  // called before the first result is written, where there is one; may be empty
};

/// Called for every file, in order.
using SeeDeidentified = std::function<void(const DeidentifiedFile&)>;

/// Writes OUT/PATIENT/UID.dcm for every file and OUT/deidentify-report.csv (file, tag, keyword, action, count; no value
/// that was removed, no name of a source). What earlier runs wrote stays: report and mapping grow, and a result is
/// replaced by a newer one of the same source only (as the mapping tells; without one, by none of another content). A
/// file that is refused does not end the work; nothing is written for it, and without any result no mapping is made.
/// Throws SystemError, InTheWay for a report that lanet did not write, DataError for a mapping that is none,
/// Interrupted after a stop request, with the report of what was done.
std::vector<DeidentifiedFile> deidentify_files(const std::vector<std::filesystem::path>& files,
                                               const DeidentifyPlaces& places, const DeidentifyOptions& options,
                                               Pseudonyms& pseudonyms, Progress& progress,
                                               const SeeDeidentified& see = {});

/// The files without those that an earlier run of lanet wrote into `out`. left_out: how many they were.
std::vector<std::filesystem::path> without_deidentified(const std::vector<std::filesystem::path>& files,
                                                        const std::filesystem::path& out, std::size_t& left_out);

}  // namespace lanet
