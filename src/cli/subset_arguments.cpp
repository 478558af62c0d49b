#include "cli/subset_arguments.hpp"

#include "core/error.hpp"
#include "dataset/split.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

fs::path find_split(const SubsetArguments& arguments, const std::string& model) {
  if (!arguments.split.empty()) return arguments.split;
  const fs::path beside_model = fs::path(model).parent_path() / "split.csv";
  if (fs::exists(model) && fs::exists(beside_model)) return beside_model;
  const fs::path data(arguments.data);
  return (fs::is_directory(data) ? data : data.parent_path()) / "split.csv";
}

}  // namespace

void SubsetArguments::add_to(CLI::App& command, const std::string& what_for, bool required) {
  command.add_option("--data", data, "data set: manifest or its folder")->required(required);
  command.add_option("--subset", subset, "subset of the split, or all" + what_for)->capture_default_str();
  command.add_option("--split", split, "split list (default: beside the model, else beside the manifest)");
}

void add_classes_option(CLI::App& command, std::vector<std::string>& classes) {
  command
      .add_option("--classes", classes,
                  "OLD=NEW,...: read a class under another name, unite classes; OLD= leaves its images out")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

std::vector<std::string> SubsetArguments::ids(const Manifest& manifest, const std::string& model) const {
  return ids_of(subset, manifest, model);
}

std::vector<std::string> SubsetArguments::ids_of(const std::string& other, const Manifest& manifest,
                                                 const std::string& model) const {
  std::vector<std::string> ids;
  if (other == "all") {
    for (const Sample& sample : manifest.samples) ids.push_back(sample.id);
    return ids;
  }
  const fs::path file = find_split(*this, model);
  ids = read_split(file).ids(manifest, other);
  if (ids.empty())
    throw DataError({file.string(), "no image of the data set in subset " + other, "at least one",
                     "use --subset all for every image"});
  return ids;
}

}  // namespace lanet
