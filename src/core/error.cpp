#include "core/error.hpp"

#include <cerrno>

namespace lanet {

std::string Problem::line() const {
  std::string text = place;
  const auto append = [&text](const std::string& separator, const std::string& part) {
    if (part.empty()) return;
    if (!text.empty()) text += separator;
    text += part;
  };
  // "cannot be opened" is said of the place, "cannot open the lock" of lanet, all else is a thing that was found.
  const bool of_place = got.starts_with("cannot be "), of_lanet = !of_place && got.starts_with("cannot ");
  if (!got.empty()) append(": ", (of_place ? "this " : of_lanet ? "lanet " : "lanet found ") + got);
  if (!expected.empty()) append(got.empty() ? ": lanet " : of_place ? ", but lanet " : " but ", "needs " + expected);
  append("; ", remedy);
  for (char& letter : text)
    if (letter == '\n' || letter == '\r') letter = ' ';
  return text;
}

std::string remedy_for_system_error(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT:
      return "free space on that disk, then repeat the command";
    case EACCES:
    case EPERM:
    case EROFS:
      return "choose a folder that you may write to";
    case ENOENT:
    case ENOTDIR:
      return "look at the path";
    case EIO:
      return "check the disk";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files (ulimit -n)";
    default:
      return "";
  }
}

}  // namespace lanet
