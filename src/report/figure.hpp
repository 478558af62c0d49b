#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lanet {

class OutputFolder;

/// A drawing: a table of numbers and the gnuplot commands that draw it. The commands read the table as the data block
/// $data, whose columns are numbered from 1; an empty cell is a gap.
struct Figure {
  std::string name;  // file name without extension
  std::string caption;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
  std::string commands;
};

/// Writes folder/NAME.csv, NAME.svg and NAME.png and returns the SVG. Throws SystemError where gnuplot is missing or
/// refuses.
std::string draw_figure(const Figure& figure, const std::filesystem::path& folder);
/// The same into `below` of a folder that the user names. Throws InTheWay as well.
std::string draw_figure(const Figure& figure, OutputFolder& folder, const std::string& below);

}  // namespace lanet
