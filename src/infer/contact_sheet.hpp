#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "image/image.hpp"
#include "infer/engine.hpp"
#include "infer/findings_table.hpp"

namespace lanet {

/// findings.html: one page to look through all findings, with a small picture of each (inside the page, so that it can
/// be moved and sent), decision, probability and doubts; it can be sorted and filtered, and loads nothing from
/// elsewhere. Written image by image: memory does not grow with their number.
class ContactSheet {
 public:
  /// Begins the page at `file`. links: whether NAME.json and NAME_overlay.png lie beside it.
  ContactSheet(const std::filesystem::path& file, const EngineInfo& info, bool overlays);

  /// drawn: the image with the finding in it (RGB), of any size.
  void add(const FindingsRow& row, const Image& drawn);
  /// The end of the page. Throws SystemError where it could not be written.
  void finish(const std::vector<std::string>& notes, const std::vector<std::string>& problems);

 private:
  std::filesystem::path path_;
  std::ofstream file_;
  std::vector<std::string> classes_;
  std::string positive_;
  bool overlays_;
  std::int64_t count_ = 0;
};

/// A relative address of a file whose name may hold any bytes.
std::string relative_url(const std::string& name);

}  // namespace lanet
