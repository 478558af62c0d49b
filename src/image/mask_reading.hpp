#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/limits.hpp"
#include "image/image.hpp"

namespace lanet {

/// A mask picture and how it was read. The values that are present decide, never the file's depth or name:
///   - one value: nothing (0) or everything;
///   - two values: the one that is not 0, or the rarer where neither is 0. So are grey levels that lie near two ends
///   and
///     pass into each other along edges only (JPEG, smoothed masks), and black beside one colour;
///   - alpha that varies over one colour: the opaque part; transparent parts of other pictures count as 0;
///   - several values or colours: refused with the values found, unless it was said which of them are the lesion.
struct MaskReading {
  enum class Form {
    kLesion,    // some part of the picture
    kEmpty,     // nothing
    kFull,      // everything
    kInverted,  // most of the picture with nearly all of its border: what is marked seems to be the background
  };
  Mask mask;
  Form form = Form::kLesion;
  std::string values;  // what the picture holds, in words: "0 and 255", "black and red", "transparent and opaque"
  std::string lesion;  // what of it was taken for the lesion: "255", "red", "opaque"; empty where there is none
  bool usual = true;   // 0 beside 1 or the greatest value of its depth: not worth a note
};

/// Throws DataError for pictures that cannot be read and for values that allow several readings. `lesion_values`: those
/// that mean a lesion ("1", "2", or colours: red, green, blue, yellow, cyan, magenta, white, black); empty: by the rule
/// above.
MaskReading decode_mask_values(std::string_view bytes, const std::string& place,
                               std::span<const std::string> lesion_values = {},
                               const InputLimits& limits = input_limits());

/// "1,2" or "red green" as single values. Throws ConfigError(place) for what is neither a number nor a colour.
std::vector<std::string> parse_mask_values(const std::string& text, const std::string& place);

}  // namespace lanet
