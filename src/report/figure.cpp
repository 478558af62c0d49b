#include "report/figure.hpp"

#include "core/child_process.hpp"
#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/output_folder.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

constexpr const char* kSvg =
    "set encoding utf8\nset terminal svg size 600,380 dynamic font \"sans-serif,14\" linewidth 1.2 rounded\n";
constexpr const char* kPng =
    "set encoding utf8\nset terminal pngcairo size 1200,760 font \"sans-serif,22\" linewidth 2.4 rounded\n";

constexpr const char* kSettings = R"gnuplot(
set border 3 linecolor rgb "#8a94a3"
set tics nomirror textcolor rgb "#3a4452"
set grid linecolor rgb "#e4e8ec" linetype 1 linewidth 0.7
set key textcolor rgb "#3a4452" samplen 1.6 spacing 1.1
set xlabel textcolor rgb "#3a4452"
set ylabel textcolor rgb "#3a4452"
set style line 1 linecolor rgb "#b45309" linewidth 2.2
set style line 2 linecolor rgb "#1d4ed8" linewidth 2.2
set style line 3 linecolor rgb "#15803d" linewidth 2.2
set style line 4 linecolor rgb "#7e22ce" linewidth 2.2
set style line 5 linecolor rgb "#9aa3af" linewidth 1.2 dashtype 2
)gnuplot";

std::string data_block(const Figure& figure) {
  std::string text = "$data << END_OF_DATA\n";
  for (const auto& row : figure.rows) {
    std::vector<std::string> cells;
    for (const std::string& cell : row) cells.push_back(cell.empty() ? "NaN" : cell);
    text += join_text(cells, " ") + "\n";
  }
  return text + "END_OF_DATA\n";
}

}  // namespace

namespace {

/// What gnuplot writes on its output, from where `begin` stands in it.
std::string draw(const Figure& figure, const std::string& terminal, std::string_view begin) {
  const ChildResult drawn = run_child({"gnuplot"}, terminal + kSettings + data_block(figure) + figure.commands);
  const std::size_t start = drawn.output.find(begin);
  if (drawn.exit_code != 0 || start == std::string::npos)
    throw SystemError({"gnuplot", trim(drawn.output), "a drawing of " + figure.name, "install Debian's gnuplot-nox"});
  return drawn.output.substr(start);
}

}  // namespace

std::string draw_figure(const Figure& figure, OutputFolder& folder, const std::string& below) {
  const auto name = [&](const char* extension) { return std::filesystem::path(below) / (figure.name + extension); };
  folder.require_writable({name(".csv"), name(".svg"), name(".png")});
  folder.write(name(".csv"), to_csv(figure.columns, figure.rows));
  std::string svg = draw(figure, kSvg, "<svg");
  folder.write(name(".svg"), svg);
  folder.write(name(".png"), draw(figure, kPng, "\x89PNG"));
  return svg;
}

std::string draw_figure(const Figure& figure, const std::filesystem::path& folder) {
  OutputFolder out(folder);
  return draw_figure(figure, out, "");
}

}  // namespace lanet
