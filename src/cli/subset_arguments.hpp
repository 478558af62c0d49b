#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "dataset/manifest.hpp"

namespace lanet {

/// Arguments of commands that work on a part of a labelled data set.
struct SubsetArguments {
  std::string data;
  std::string split;
  std::string subset;

  /// what_for: follows the help of --subset.
  void add_to(CLI::App& command, const std::string& what_for, bool required = true);
  /// The ids of `subset` ("all": every image), of the given split, else the one beside the model (which knows its own
  /// validation part), else the one beside the manifest. Throws DataError where there is none.
  std::vector<std::string> ids(const Manifest& manifest, const std::string& model) const;
  /// The same of another subset.
  std::vector<std::string> ids_of(const std::string& other, const Manifest& manifest, const std::string& model) const;
};

/// `--classes old=new,...` of commands that read labels.
void add_classes_option(CLI::App& command, std::vector<std::string>& classes);

}  // namespace lanet
