#include <algorithm>
#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/program.hpp"
#include "core/child_process.hpp"
#include "core/error.hpp"
#include "core/preset.hpp"
#include "core/text.hpp"
#include "finding/class_meaning.hpp"
#include "modelfile/model_card.hpp"
#include "modelfile/safetensors.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

void show(const fs::path& path, bool json) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  if (!file.metadata().contains("format") || file.metadata().at("format") != "lanet-model")
    return;  // a backbone's weights
  const ModelCard card = card_from_metadata(file.metadata(), file.place());
  const std::string normal = known_normal_class(card.classes);
  if (json) {
    nlohmann::ordered_json object{
        {"name", path.stem().string()}, {"file", path.string()}, {"bytes", fs::file_size(path)}};
    for (const auto& [key, value] : to_metadata(card)) object[key] = value;
    if (!normal.empty()) object["lesion_threshold"] = exact(card.lesion_threshold);
    std::cout << object.dump() << "\n";
    return;
  }
  std::cout << path.stem().string() << "  " << human_bytes(static_cast<double>(fs::file_size(path))) << "\n  classes "
            << join_text(card.classes, ", ") << "; positive class: " << card.positive_class
            << (normal.empty() ? ""
                               : "; normal class: " + normal + "; a lesion from a probability of " +
                                     exact(card.lesion_threshold) + " on")
            << "; input " << card.input_size << " px; temperature " << fixed(card.temperature, 2) << "\n  "
            << card.notes << "\n  licence: " << card.licence << "\n  " << card.metrics << "\n";
}

}  // namespace

void add_models_command(CLI::App& app) {
  auto files = std::make_shared<std::vector<std::string>>();
  auto json = std::make_shared<bool>(false);
  CLI::App* command = add_command(app, "models", "list the bundled models, or show a model's card",
                                  "lanet models\n  lanet models runs/first/best.safetensors");
  command->add_option("model", *files, "model files, or names in models/ (default: all of these)");
  command->add_flag("--json", *json, "one JSON a line");
  command->callback([files, json] {
    std::vector<fs::path> paths;
    for (const std::string& file : *files) paths.push_back(find_model(file));
    if (paths.empty())
      for (const auto& entry : fs::directory_iterator(home_folder() / "models"))
        if (entry.path().extension() == ".safetensors") paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    for (const fs::path& path : paths) show(path, *json);
  });
}

}  // namespace lanet
