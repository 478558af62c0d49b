#pragma once

#include <stdexcept>
#include <string>

namespace lanet {

/// What every refusal tells the user, in one line: where it happened, what was found, what is needed, how to mend it.
struct Problem {
  std::string place;     // file, `file:line`, or settings key
  std::string got;       // what was found there, a noun ("a file of 3 bytes"), or a failure ("cannot be opened (...)")
  std::string expected;  // what would have been accepted, a noun
  std::string remedy;    // what to do next; empty: nothing better than "expected" is known

  /// "place: lanet found X but needs Y; remedy" (parts that are empty are left out). Never contains a line break.
  std::string line() const;
};

/// What to do about an errno of a file or folder; "" where nothing better than its own text is known.
std::string remedy_for_system_error(int code);

/// Base of all errors that are the user's to mend. what() is one line.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  explicit Error(const Problem& problem) : std::runtime_error(problem.line()) {}
};

/// A setting or a command-line argument is wrong.
class ConfigError : public Error {
 public:
  using Error::Error;
};

/// A file's content is wrong (image, mask, manifest, weights, model, prediction list).
class DataError : public Error {
 public:
  using Error::Error;
};

/// The machine refused: file cannot be opened or written, disk full, program not found.
class SystemError : public Error {
 public:
  using Error::Error;
};

/// The user asked to stop (Ctrl-C, SIGTERM); whatever can be resumed has been saved.
class Interrupted : public Error {
 public:
  using Error::Error;
};

}  // namespace lanet
