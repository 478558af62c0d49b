#include "network/list_drawing.hpp"

#include <map>
#include <vector>

#include "core/child_process.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

/// Backgrounds of the parts, by the name before a layer's first dot.
const char* colour_of(const std::string& part) {
  static const std::map<std::string, const char*> colours{
      {"fex", "#dbeafe"}, {"la_net", "#fde68a"}, {"rmtl", "#fde68a"}, {"classifier", "#dcfce7"}};
  const auto found = colours.find(part);
  return found == colours.end() ? "#f3f4f6" : found->second;
}

std::map<ValueId, std::string> names_of_results(const NetworkList& list) {
  std::map<ValueId, std::string> names;
  for (std::size_t level = 0; level < list.features.size(); ++level)
    names[list.features[level]] = "f" + std::to_string(level + 1);
  if (list.mask_logits) names[*list.mask_logits] = "mask logits";
  names[list.class_logits] = "class logits";
  return names;
}

std::string in_quotes(const std::string& text) {
  std::string escaped;
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') escaped += '\\';
    escaped += letter;
  }
  return '"' + escaped + '"';
}

}  // namespace

std::string list_graph(const NetworkList& list, std::int64_t side, const std::string& title) {
  const std::vector<ValueShape> shapes = shapes_of(list, side, side);
  const std::map<ValueId, std::string> results = names_of_results(list);
  std::string text = "digraph network {\n  label=" + in_quotes(title) +
                     "; labelloc=t; fontname=\"sans-serif\"; rankdir=TB; nodesep=0.2; ranksep=0.25;\n"
                     "  node [shape=box, style=filled, fontname=\"sans-serif\", fontsize=10, margin=\"0.08,0.04\"];\n"
                     "  edge [color=\"#6b7280\", arrowsize=0.6];\n";
  for (ValueId value = 0; value < list.operations.size(); ++value) {
    const Operation& operation = list.operations[value];
    const std::string layer = operation.layer == kNoLayer ? "" : list.layer_of(operation).name;
    std::string label = operation_text(list, operation) + "\n" + shape_text(shapes[value]);
    const auto result = results.find(value);
    if (result != results.end()) label += "\n" + result->second;
    std::string escaped = in_quotes(label);
    for (std::size_t place = escaped.find('\n'); place != std::string::npos; place = escaped.find('\n'))
      escaped.replace(place, 1, "\\n");
    text += "  n" + std::to_string(value) + " [label=" + escaped + ", fillcolor=\"" +
            colour_of(layer.substr(0, layer.find('.'))) + "\"" + (result != results.end() ? ", peripheries=2" : "") +
            "];\n";
    for (const ValueId input : operation.inputs)
      text += "  n" + std::to_string(input) + " -> n" + std::to_string(value) + ";\n";
  }
  return text + "}\n";
}

std::string list_svg(const NetworkList& list, std::int64_t side, const std::string& title) {
  const ChildResult drawn = run_child({"dot", "-Tsvg"}, list_graph(list, side, title));
  const std::size_t start = drawn.output.find("<svg");
  if (drawn.exit_code != 0 || start == std::string::npos)
    throw SystemError({"dot", trim(drawn.output), "a drawing of the network", "install Debian's graphviz"});
  return "<!-- lanet -->\n" + drawn.output.substr(start);
}

}  // namespace lanet
