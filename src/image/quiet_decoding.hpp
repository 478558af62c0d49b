#pragma once

namespace lanet {

/// libpng, libjpeg, libtiff and OpenCV write what they think of a damaged file onto the terminal, without its name.
/// From here on these lines are dropped while a thread decodes; everything else passes. To be called once at the start
/// of a program, before there are threads: it puts a filter before `stderr` and `std::cerr`. A program of somebody
/// else's that uses the library keeps its streams as they are.
void keep_decoders_quiet();

/// Marks this thread as decoding while it lives.
class Decoding {
 public:
  Decoding();
  ~Decoding();
  Decoding(const Decoding&) = delete;
  Decoding& operator=(const Decoding&) = delete;
};

}  // namespace lanet
