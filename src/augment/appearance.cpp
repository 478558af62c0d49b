#include "augment/appearance.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "image/filter.hpp"

namespace lanet {
namespace {

constexpr std::int64_t kNoiseSide = 512;
constexpr double kReferenceSide = 256;  // blur is meant for this side and scales with the image's
constexpr std::int64_t kStyleRadius = 2;

float clamped(double value) { return static_cast<float>(std::clamp(value, 0.0, 1.0)); }

/// Noise of mean 0 and deviation 1 with grains of about two pixels, longer sideways, as a probe's resolution is.
std::vector<float> make_noise() {
  std::vector<float> noise(static_cast<std::size_t>(kNoiseSide * kNoiseSide));
  RandomStream random(1, "speckle");
  for (float& value : noise) value = static_cast<float>(random.normal());
  blur(noise, kNoiseSide, kNoiseSide, 1.2, 0.7);
  double sum = 0;
  for (const float value : noise) sum += static_cast<double>(value) * value;
  const auto scale = static_cast<float>(1 / std::sqrt(sum / static_cast<double>(noise.size())));
  for (float& value : noise) value *= scale;
  return noise;
}

/// Linear between the knots; position 0..1.
double gain_at(const std::array<double, kGainKnots>& knots, double position) {
  const double place = std::clamp(position, 0.0, 1.0) * static_cast<double>(kGainKnots - 1);
  const auto left = std::min(static_cast<std::size_t>(place), kGainKnots - 2);
  const double share = place - static_cast<double>(left);
  return knots[left] * (1 - share) + knots[left + 1] * share;
}

std::vector<float> gains_of(const std::array<double, kGainKnots>& knots, std::int64_t side) {
  std::vector<float> gains(static_cast<std::size_t>(side));
  for (std::int64_t index = 0; index < side; ++index)
    gains[static_cast<std::size_t>(index)] =
        static_cast<float>(gain_at(knots, (static_cast<double>(index) + 0.5) / static_cast<double>(side)));
  return gains;
}

/// Index of a pixel.
std::size_t at(std::int64_t side, std::int64_t row, std::int64_t column) {
  return static_cast<std::size_t>(row * side + column);
}

void apply_gains(const Appearance& appearance, std::int64_t side, std::span<float> pixels) {
  const auto flat = [](const auto& knots) {
    return std::all_of(knots.begin(), knots.end(), [](double k) { return k == 1; });
  };
  if (flat(appearance.depth_gain) && flat(appearance.lateral_gain)) return;
  const std::vector<float> depth = gains_of(appearance.depth_gain, side);
  const std::vector<float> lateral = gains_of(appearance.lateral_gain, side);
  for (std::int64_t row = 0; row < side; ++row)
    for (std::int64_t column = 0; column < side; ++column)
      pixels[at(side, row, column)] *= depth[static_cast<std::size_t>(row)] * lateral[static_cast<std::size_t>(column)];
}

void apply_curve(const Appearance& appearance, std::span<float> pixels) {
  if (appearance.gamma == 1 && appearance.dynamic_range == 1) return;
  // Screens show 256 grey values: between them the curve is as good as straight.
  constexpr std::size_t kLast = 255;
  std::array<float, kLast + 2> curve{};
  for (std::size_t grey = 0; grey < curve.size(); ++grey) {
    const double value = std::min(1.0, static_cast<double>(grey) / kLast);
    const double stretched = std::clamp(1 + (value - 1) * appearance.dynamic_range, 0.0, 1.0);
    curve[grey] = static_cast<float>(std::pow(stretched, appearance.gamma));
  }
  for (float& pixel : pixels) {
    const float place = std::clamp(pixel, 0.0F, 1.0F) * static_cast<float>(kLast);
    const auto left = static_cast<std::size_t>(place);
    pixel = curve[left] + (curve[left + 1] - curve[left]) * (place - static_cast<float>(left));
  }
}

void apply_sharpness(const Appearance& appearance, std::int64_t side, std::span<float> pixels) {
  const double scale = static_cast<double>(side) / kReferenceSide;
  if (appearance.sharpness > 0) {
    std::vector<float> soft(pixels.begin(), pixels.end());
    blur(soft, side, side, scale, scale);
    const auto amount = static_cast<float>(appearance.sharpness);
    for (std::size_t pixel = 0; pixel < pixels.size(); ++pixel) pixels[pixel] += amount * (pixels[pixel] - soft[pixel]);
  }
  blur(pixels, side, side, scale * appearance.blur_x, scale * appearance.blur_y);
}

void apply_speckle(const Appearance& appearance, std::int64_t side, std::span<float> pixels) {
  if (appearance.speckle <= 0) return;
  static const std::vector<float> noise = make_noise();
  const auto strength = static_cast<float>(appearance.speckle);
  const auto row_offset = static_cast<std::int64_t>(appearance.speckle_place % kNoiseSide);
  const auto column_offset = static_cast<std::int64_t>(appearance.speckle_place / kNoiseSide % kNoiseSide);
  for (std::int64_t row = 0; row < side; ++row) {
    const std::size_t line = static_cast<std::size_t>((row + row_offset) % kNoiseSide * kNoiseSide);
    for (std::int64_t column = 0; column < side; ++column)
      pixels[at(side, row, column)] *=
          1 + strength * noise[line + static_cast<std::size_t>((column + column_offset) % kNoiseSide)];
  }
}

/// The light falls smoothly from the wedge's edges to its middle.
void apply_shadow(const AcousticShadow& shadow, std::int64_t side, std::span<float> pixels) {
  const auto length = static_cast<double>(side);
  for (std::int64_t row = static_cast<std::int64_t>(shadow.top * length); row < side; ++row) {
    const double depth = (static_cast<double>(row) / length - shadow.top) / std::max(1e-9, 1 - shadow.top);
    const double half = shadow.width * length * (1 + depth / 3) / 2;
    const double middle = shadow.middle * length;
    const auto first = std::max<std::int64_t>(0, static_cast<std::int64_t>(middle - half));
    const auto last = std::min<std::int64_t>(side - 1, static_cast<std::int64_t>(middle + half));
    const double onset = std::min(1.0, 8 * depth);
    for (std::int64_t column = first; column <= last; ++column) {
      const double off = std::min(1.0, std::abs(static_cast<double>(column) + 0.5 - middle) / std::max(1e-9, half));
      const double dark = (1 - shadow.light) * onset * (1 - off * off);
      pixels[at(side, row, column)] *= static_cast<float>(1 - dark);
    }
  }
}

/// Black beside straight lines that open from the top to the bottom, as a sector probe's field of view has them.
void apply_sector(double sector, std::int64_t side, std::span<float> pixels) {
  if (sector <= 0) return;
  for (std::int64_t row = 0; row < side; ++row) {
    const double lost = sector * (1 - static_cast<double>(row) / static_cast<double>(side)) * static_cast<double>(side);
    const auto columns = std::min<std::int64_t>(static_cast<std::int64_t>(lost), side / 2);
    for (std::int64_t column = 0; column < columns; ++column)
      pixels[at(side, row, column)] = pixels[at(side, row, side - 1 - column)] = 0;
  }
}

void apply_mark(const BurntInMark& mark, std::int64_t side, std::span<float> pixels) {
  const auto length = static_cast<double>(side);
  const auto from = [&](double share) { return std::clamp<std::int64_t>(std::llround(share * length), 0, side); };
  // A mark is at least a pixel wide.
  const std::int64_t bottom = std::max(from(mark.y2), from(mark.y1) + 1);
  const std::int64_t right = std::max(from(mark.x2), from(mark.x1) + 1);
  for (std::int64_t row = from(mark.y1); row < std::min(bottom, side); ++row)
    for (std::int64_t column = from(mark.x1); column < std::min(right, side); ++column)
      pixels[at(side, row, column)] = mark.grey;
}

constexpr double kStroke = 0.004;  // width of a stroke, share of the side

/// Two to four crosses, as calipers leave them.
void draw_calipers(RandomStream& random, std::vector<BurntInMark>& marks) {
  const std::uint64_t crosses = 2 + 2 * random.below(2);
  for (std::uint64_t cross = 0; cross < crosses; ++cross) {
    const double x = random.uniform(0.1, 0.9), y = random.uniform(0.1, 0.9), arm = random.uniform(0.008, 0.016);
    const auto grey = static_cast<float>(random.uniform(0.75, 1));
    marks.push_back({x - arm, y - kStroke / 2, x + arm, y + kStroke / 2, grey});
    marks.push_back({x - kStroke / 2, y - arm, x + kStroke / 2, y + arm, grey});
  }
}

/// A line of letters made of random strokes.
void draw_text(RandomStream& random, std::vector<BurntInMark>& marks) {
  const double height = random.uniform(0.02, 0.04), width = 0.6 * height;
  double x = random.uniform(0, 0.7);
  const double y = random.chance(0.5) ? random.uniform(0.01, 0.1) : random.uniform(0.88, 0.95);
  const auto grey = static_cast<float>(random.uniform(0.6, 1));
  const std::uint64_t letters = 3 + random.below(9);
  for (std::uint64_t letter = 0; letter < letters; ++letter, x += 1.4 * width) {
    if (random.chance(0.15)) continue;  // a space
    marks.push_back({x, y, x + kStroke, y + height, grey});
    if (random.chance(0.6)) marks.push_back({x, y, x + width, y + kStroke, grey});
    if (random.chance(0.6)) marks.push_back({x, y + height / 2, x + width, y + height / 2 + kStroke, grey});
    if (random.chance(0.6)) marks.push_back({x, y + height, x + width, y + height + kStroke, grey});
    if (random.chance(0.5)) marks.push_back({x + width, y, x + width + kStroke, y + height, grey});
  }
}

/// The outline of a breast with the probe's bar across it.
void draw_body_icon(RandomStream& random, std::vector<BurntInMark>& marks) {
  const double radius = random.uniform(0.03, 0.06);
  const double x = random.chance(0.5) ? 0.08 : 0.92, y = random.uniform(0.75, 0.92);
  const auto grey = static_cast<float>(random.uniform(0.5, 0.9));
  constexpr int kDots = 48;
  for (int dot = 0; dot < kDots; ++dot) {
    const double angle = 2 * std::numbers::pi * dot / kDots;
    const double px = x + radius * std::cos(angle), py = y + radius * std::sin(angle);
    marks.push_back({px, py, px + kStroke, py + kStroke, grey});
  }
  const double bar = radius * random.uniform(0.3, 0.8), place = y + radius * random.uniform(-0.6, 0.6);
  marks.push_back({x - bar / 2, place, x + bar / 2, place + kStroke, grey});
}

}  // namespace

void AppearanceOptions::visit(FieldVisitor& visitor) {
  visitor.field("gamma", gamma, "exponent of the grey values between 1/(1+x) and 1+x; 0 turns it off");
  visitor.field(
      "dynamic_range", dynamic_range,
      "range of the log compression: distances from white by a factor between 1/(1+x) and 1+x; 0 turns it off");
  visitor.field(
      "gain_curves", gain_curves,
      "gain along depth (time-gain compensation) and sideways, curves of factors in 1-x..1+x; 0 turns it off");
  visitor.field("blur", blur, "up to this sigma in px at 256 px, for each direction by itself; 0 turns it off");
  visitor.field("sharpness", sharpness, "edge enhancement up to this amount in half of the cases; 0 turns it off");
  visitor.field("speckle", speckle, "multiplied noise up to this deviation; 0 turns it off");
  visitor.field("shadow", shadow, "probability of a dark acoustic shadow; 0 turns it off");
  visitor.field("border", border, "probability of black corners as a sector probe leaves them; 0 turns it off");
  visitor.field("marks", marks, "probability of burnt-in marks: calipers, text, body icon, each by itself; 0: none");
  visitor.field("style", style,
                "probability that the image takes a part of the low frequencies of another training image: grey level "
                "and slow changes, not shapes; 0 turns it off");
}

void AppearanceOptions::validate() const {
  require_range("augment.appearance.gamma", gamma, 0, 4);
  require_range("augment.appearance.dynamic_range", dynamic_range, 0, 4);
  require_range("augment.appearance.gain_curves", gain_curves, 0, 1);
  require_range("augment.appearance.blur", blur, 0, 8);
  require_range("augment.appearance.sharpness", sharpness, 0, 8);
  require_range("augment.appearance.speckle", speckle, 0, 1);
  require_range("augment.appearance.shadow", shadow, 0, 1);
  require_range("augment.appearance.border", border, 0, 1);
  require_range("augment.appearance.marks", marks, 0, 1);
  require_range("augment.appearance.style", style, 0, 1);
}

bool AppearanceOptions::any() const {
  return gamma > 0 || dynamic_range > 0 || gain_curves > 0 || blur > 0 || sharpness > 0 || speckle > 0 || shadow > 0 ||
         border > 0 || marks > 0 || style > 0;
}

Appearance draw_appearance(const AppearanceOptions& options, std::uint64_t seed, std::int64_t epoch,
                           std::uint64_t id_hash) {
  Appearance drawn;
  if (!options.any()) return drawn;
  RandomStream random(seed, "appearance", static_cast<std::uint64_t>(epoch), id_hash);
  drawn.gamma = std::pow(1 + options.gamma, random.uniform(-1, 1));
  drawn.dynamic_range = std::pow(1 + options.dynamic_range, random.uniform(-1, 1));
  for (auto* curve : {&drawn.depth_gain, &drawn.lateral_gain})
    for (double& knot : *curve) knot = 1 + options.gain_curves * random.uniform(-1, 1);
  drawn.blur_x = options.blur * random.uniform();
  drawn.blur_y = options.blur * random.uniform();
  const bool sharp = random.chance(0.5);
  drawn.sharpness = options.sharpness * random.uniform() * (sharp ? 1 : 0);
  drawn.speckle = options.speckle * random.uniform();
  drawn.speckle_place = random.below(kNoiseSide * kNoiseSide);
  AcousticShadow shadow{random.uniform(), random.uniform(0, 0.7), random.uniform(0.05, 0.3), random.uniform(0.1, 0.7)};
  if (random.chance(options.shadow)) drawn.shadows.push_back(shadow);
  const double sector = random.uniform(0.05, 0.3);
  if (random.chance(options.border)) drawn.sector = sector;
  const double style = random.uniform(0.2, 1);
  if (random.chance(options.style)) drawn.style_share = style;
  if (random.chance(options.marks)) draw_calipers(random, drawn.marks);
  if (random.chance(options.marks)) draw_text(random, drawn.marks);
  if (random.chance(options.marks)) draw_body_icon(random, drawn.marks);
  return drawn;
}

void apply_appearance(const Appearance& appearance, std::int64_t side, std::span<float> pixels,
                      std::span<const float> other) {
  if (appearance.style_share > 0 && other.size() == pixels.size())
    mix_low_frequencies(pixels, other, side, kStyleRadius, appearance.style_share);
  apply_gains(appearance, side, pixels);
  apply_curve(appearance, pixels);
  for (const AcousticShadow& shadow : appearance.shadows) apply_shadow(shadow, side, pixels);
  apply_speckle(appearance, side, pixels);
  apply_sharpness(appearance, side, pixels);
  apply_sector(appearance.sector, side, pixels);
  for (const BurntInMark& mark : appearance.marks) apply_mark(mark, side, pixels);
  for (float& pixel : pixels) pixel = clamped(pixel);
}

}  // namespace lanet
