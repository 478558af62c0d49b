#include "cli/commands.hpp"
#include "cli/program.hpp"

namespace lanet {

void add_dicom_command(CLI::App& app) {
  CLI::App* dicom = app.add_subcommand("dicom", "de-identify DICOM images");
  dicom->require_subcommand(1);
  add_deidentify_command(*dicom);
}

}  // namespace lanet
