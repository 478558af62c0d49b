#pragma once

#include <CLI/CLI.hpp>

namespace lanet {

// One command a file; each adds itself to the program.
void add_data_command(CLI::App& app);
void add_report_command(CLI::App& app);
void add_experiment_command(CLI::App& app);
void add_train_command(CLI::App& app);
void add_predict_command(CLI::App& app);
void add_evaluate_command(CLI::App& app);
void add_compare_command(CLI::App& app);
void add_explain_command(CLI::App& app);
void add_export_command(CLI::App& app);
void add_calibrate_command(CLI::App& app);
void add_quantize_command(CLI::App& app);
void add_models_command(CLI::App& app);
void add_weights_command(CLI::App& app);
void add_serve_command(CLI::App& app);
void add_dicom_command(CLI::App& app);
// Below `lanet data`: merge, lesion-free.
void add_derived_data_commands(CLI::App& data);
// Below `lanet dicom`.
void add_dicom_node_command(CLI::App& dicom);
void add_deidentify_command(CLI::App& dicom);

}  // namespace lanet
