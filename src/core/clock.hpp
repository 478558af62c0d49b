#pragma once

#include <string>

namespace lanet {

/// Now, in UTC, as ISO 8601 ("2024-05-01T12:00:00Z").
std::string utc_now();

/// The machine's name, for records; "" if it has none.
std::string host_name();

}  // namespace lanet
