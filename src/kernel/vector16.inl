// 16 floats as one value, with the compiler's vector extension: one register with AVX-512, two with AVX2, four
// elsewhere. Included inside translation units of one instruction set each; everything is static, so that no other file
// shares it.
#include <cstdint>
#ifdef __AVX512BF16__
#include <immintrin.h>
#endif

namespace lanet::LANET_ISA {
namespace {

typedef float Vector16 __attribute__((vector_size(64)));
typedef std::uint32_t Bits16 __attribute__((vector_size(64)));
typedef std::uint16_t Halves16 __attribute__((vector_size(32)));

inline __attribute__((always_inline)) Vector16 zero16() { return Vector16{}; }

inline __attribute__((always_inline)) Vector16 load16(const float* from) {
  Vector16 value;
  __builtin_memcpy(&value, from, sizeof value);
  return value;
}

inline __attribute__((always_inline)) void store16(float* to, const Vector16& value) {
  __builtin_memcpy(to, &value, sizeof value);
}

/// bf16 is the upper half of an fp32.
inline __attribute__((always_inline)) Vector16 load16(const std::uint16_t* from) {
  Halves16 halves;
  __builtin_memcpy(&halves, from, sizeof halves);
  const Bits16 bits = __builtin_convertvector(halves, Bits16) << 16;
  Vector16 value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}

/// The even and the odd ones of 32 bf16: their lower halves are other numbers, which are cleared (little endian).
inline __attribute__((always_inline)) Vector16 load_even16(const std::uint16_t* from) {
  Bits16 bits;
  __builtin_memcpy(&bits, from, sizeof bits);
  return reinterpret_cast<Vector16>(bits << 16);
}
inline __attribute__((always_inline)) Vector16 load_odd16(const std::uint16_t* from) {
  Bits16 bits;
  __builtin_memcpy(&bits, from, sizeof bits);
  return reinterpret_cast<Vector16>(bits & 0xffff0000U);
}

#ifdef __AVX512BF16__

/// Rounds to the nearest, ties to even; NaN stays NaN (and what is below the smallest normal number becomes 0).
inline __attribute__((always_inline)) void store16(std::uint16_t* to, const Vector16& value) {
  const auto halves = _mm512_cvtneps_pbh(value);
  __builtin_memcpy(to, &halves, sizeof halves);
}

/// 32 bf16 of their even and their odd ones, rounded likewise.
inline __attribute__((always_inline)) void store_pair16(std::uint16_t* to, const Vector16& even, const Vector16& odd) {
  typedef std::uint16_t Halves32 __attribute__((vector_size(64)));
  const auto apart = reinterpret_cast<Halves32>(_mm512_cvtne2ps_pbh(odd, even));
  const Halves32 mixed = __builtin_shufflevector(apart, apart, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23,
                                                 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  __builtin_memcpy(to, &mixed, sizeof mixed);
}

#else

/// The upper halves are the bf16: rounded to the nearest, ties to even; NaN stays NaN.
inline __attribute__((always_inline)) Bits16 rounded_bits(const Vector16& value) {
  const Bits16 bits = reinterpret_cast<Bits16>(value);
  const Bits16 rounded = bits + 0x7fff + ((bits >> 16) & 1);
  return value == value ? rounded : (bits | 0x400000);
}

inline __attribute__((always_inline)) void store16(std::uint16_t* to, const Vector16& value) {
  const Halves16 halves = __builtin_convertvector(rounded_bits(value) >> 16, Halves16);
  __builtin_memcpy(to, &halves, sizeof halves);
}

/// 32 bf16 of their even and their odd ones.
inline __attribute__((always_inline)) void store_pair16(std::uint16_t* to, const Vector16& even, const Vector16& odd) {
  const Bits16 bits = (rounded_bits(even) >> 16) | (rounded_bits(odd) & 0xffff0000U);
  __builtin_memcpy(to, &bits, sizeof bits);
}

#endif

struct WholeBlock {};
struct HalfBlock {};  // only the lower 8 count

template <class Number>
inline __attribute__((always_inline)) Vector16 load_block(const Number* from, WholeBlock) {
  return load16(from);
}
template <class Number>
inline __attribute__((always_inline)) Vector16 load_block(const Number* from, HalfBlock) {
  Number values[16]{};
  __builtin_memcpy(values, from, 8 * sizeof(Number));
  return load16(values);
}
template <class Number>
inline __attribute__((always_inline)) void store_block(Number* to, const Vector16& value, WholeBlock) {
  store16(to, value);
}
template <class Number>
inline __attribute__((always_inline)) void store_block(Number* to, const Vector16& value, HalfBlock) {
  Number values[16];
  store16(values, value);
  __builtin_memcpy(to, values, 8 * sizeof(Number));
}

constexpr std::int64_t kLanes = 16;

/// Calls work(offset, whole) for each group of 16 channels, at the end perhaps for one of 8 (whole = false).
template <class Work>
inline __attribute__((always_inline)) void each_block(std::int64_t channels, const Work& work) {
  std::int64_t c = 0;
  for (; c + kLanes <= channels; c += kLanes) work(c, WholeBlock{});
  if (c < channels) work(c, HalfBlock{});
}

/// Calls work(first row, last row) on pieces of which `tensors` together fit into the first cache: memory is read once,
/// in order, though each piece is gone through once a block of channels.
template <class Number, class Work>
inline __attribute__((always_inline)) void each_piece(std::int64_t channels, std::int64_t tensors, std::int64_t first,
                                                      std::int64_t last, const Work& work) {
  constexpr std::int64_t kBytes = 16 << 10, kFewest = 4;
  std::int64_t rows = kBytes / (tensors * channels * static_cast<std::int64_t>(sizeof(Number)));
  rows = rows < kFewest ? kFewest : rows / 2 * 2;
  for (std::int64_t row = first; row < last; row += rows) work(row, row + rows < last ? row + rows : last);
}

inline __attribute__((always_inline)) void clear(float* sums, std::int64_t channels) {
  for (std::int64_t c = 0; c < channels; ++c) sums[c] = 0;
}

template <class Size>
inline __attribute__((always_inline)) void add_block(float* to, const Vector16& value, Size size) {
  store_block(to, load_block(to, size) + value, size);
}

}  // namespace
}  // namespace lanet::LANET_ISA
