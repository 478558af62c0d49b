#include <algorithm>
#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/program.hpp"
#include "core/child_process.hpp"
#include "core/error.hpp"
#include "core/output_folder.hpp"
#include "core/preset.hpp"
#include "core/text.hpp"
#include "finding/class_meaning.hpp"
#include "modelfile/compact.hpp"
#include "modelfile/safetensors.hpp"
#include "network/card_options.hpp"
#include "network/cost.hpp"
#include "network/list_drawing.hpp"
#include "network/network.hpp"
#include "network/passes.hpp"

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

struct ModelsArguments {
  std::vector<std::string> files;
  bool json = false, graph = false, overwrite = false;
  std::string svg;
};

/// What the network of a model is made of.
void show_graph(const ModelsArguments& arguments) {
  if (arguments.files.size() != 1)
    throw ConfigError({arguments.svg.empty() ? "--graph" : "--svg", count_of(arguments.files.size(), "model", "models"),
                       "one model", "name it"});
  const ModelCard card = read_card(find_model(arguments.files.front()));
  const NetworkList list =
      network_list(options_of(card, arguments.files.front()), static_cast<std::int64_t>(card.classes.size()));
  if (arguments.graph) std::cout << list_text(list, card.input_size);
  if (arguments.svg.empty()) return;
  const NetworkCost cost = cost_of(list, card.input_size);
  constexpr double kMillion = 1e6;
  const std::string title = arguments.files.front() + ": " + fixed(static_cast<double>(cost.parameters) / kMillion, 2) +
                            " million parameters, " + fixed(static_cast<double>(cost.multiply_adds) / kMillion, 0) +
                            " million multiply-adds for an image of " + std::to_string(card.input_size) + " px";
  write_output_file(arguments.svg, list_svg(fuse_norms(list), card.input_size, title), arguments.overwrite);
}

}  // namespace

void add_models_command(CLI::App& app) {
  auto arguments = std::make_shared<ModelsArguments>();
  CLI::App* command = add_command(app, "models", "list the bundled models, or show a model's card or its network",
                                  "lanet models\n  lanet models runs/first/best.safetensors\n"
                                  "  lanet models breast_fast --svg network.svg");
  command->add_option("model", arguments->files, "model files, or names in models/ (default: all of these)");
  command->add_flag("--json", arguments->json, "one JSON a line");
  command->add_flag("--graph", arguments->graph, "print the operations of the model's network, one a line");
  command->add_option("--svg", arguments->svg, "draw them into this file (with Graphviz)");
  command->add_flag("--overwrite", arguments->overwrite, "replace a file at --svg that lanet did not write");
  command->callback([arguments] {
    if (arguments->graph || !arguments->svg.empty()) return show_graph(*arguments);
    std::vector<fs::path> paths;
    for (const std::string& file : arguments->files) paths.push_back(find_model(file));
    if (paths.empty())
      for (const auto& entry : fs::directory_iterator(home_folder() / "models"))
        if (entry.path().extension() == ".safetensors") paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    for (const fs::path& path : paths) show(path, arguments->json);
  });
}

}  // namespace lanet
