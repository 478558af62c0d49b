#pragma once

#include <string>

namespace lanet {

/// What stands before a data set in a file (PS3.10 7.1).
struct Part10Header {
  std::string sop_class_uid, sop_instance_uid, transfer_syntax;
  std::string source_ae_title;
};

/// Preamble, "DICM" and the file meta information; a data set as it came over the network follows.
std::string part10_header(const Part10Header& header);

}  // namespace lanet
