// 16 floats as one value, with the compiler's vector extensions: one register with AVX-512, two with AVX2, four
// elsewhere. Included inside translation units of one instruction set each; everything is static, so that no other file
// shares it.
#include <cstdint>
#if defined(__AVX512BF16__) || defined(__AVX2__)
#include <immintrin.h>
#endif

#define LANET_INLINE inline __attribute__((always_inline))
#define LANET_INLINE_CALL __attribute__((always_inline))  // of a lambda

namespace lanet::LANET_ISA {
namespace {

constexpr std::int64_t kLanes = 16;

#ifdef __AVX512F__

constexpr int kVectorRegisters = 32;  // how many Vector16 the processor's registers hold: what tiles are made for

typedef float Vector16 __attribute__((vector_size(64)));
typedef std::int32_t Mask16 __attribute__((vector_size(64)));
typedef std::uint32_t Bits16 __attribute__((vector_size(64)));
typedef std::uint16_t Halves16 __attribute__((vector_size(32)));

LANET_INLINE Vector16 zero16() { return Vector16{}; }
LANET_INLINE Vector16 all16(float value) { return Vector16{} + value; }

LANET_INLINE Vector16 load16(const float* from) {
  Vector16 value;
  __builtin_memcpy(&value, from, sizeof value);
  return value;
}
LANET_INLINE void store16(float* to, const Vector16& value) { __builtin_memcpy(to, &value, sizeof value); }

LANET_INLINE Mask16 is_below(const Vector16& a, const Vector16& b) { return a < b; }
LANET_INLINE Mask16 is_at_most(const Vector16& a, const Vector16& b) { return a <= b; }
LANET_INLINE Mask16 is_equal(const Vector16& a, const Vector16& b) { return a == b; }
/// Where the mask holds `yes`, else `no`.
LANET_INLINE Vector16 select16(const Mask16& mask, const Vector16& yes, const Vector16& no) { return mask ? yes : no; }

/// bf16 is the upper half of an fp32.
LANET_INLINE Vector16 load16(const std::uint16_t* from) {
  Halves16 halves;
  __builtin_memcpy(&halves, from, sizeof halves);
  const Bits16 bits = __builtin_convertvector(halves, Bits16) << 16;
  Vector16 value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}

/// The even and the odd ones of 32 bf16: their lower halves are other numbers, which are cleared (little endian).
LANET_INLINE Vector16 load_even16(const std::uint16_t* from) {
  Bits16 bits;
  __builtin_memcpy(&bits, from, sizeof bits);
  return reinterpret_cast<Vector16>(bits << 16);
}
LANET_INLINE Vector16 load_odd16(const std::uint16_t* from) {
  Bits16 bits;
  __builtin_memcpy(&bits, from, sizeof bits);
  return reinterpret_cast<Vector16>(bits & 0xffff0000U);
}

#ifdef __AVX512BF16__

/// Rounds to the nearest, ties to even; NaN stays NaN (and what is below the smallest normal number becomes 0).
LANET_INLINE void store16(std::uint16_t* to, const Vector16& value) {
  const auto halves = _mm512_cvtneps_pbh(value);
  __builtin_memcpy(to, &halves, sizeof halves);
}

/// 32 bf16 of their even and their odd ones, rounded likewise.
LANET_INLINE void store_pair16(std::uint16_t* to, const Vector16& even, const Vector16& odd) {
  typedef std::uint16_t Halves32 __attribute__((vector_size(64)));
  const auto apart = reinterpret_cast<Halves32>(_mm512_cvtne2ps_pbh(odd, even));
  const Halves32 mixed = __builtin_shufflevector(apart, apart, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23,
                                                 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  __builtin_memcpy(to, &mixed, sizeof mixed);
}

#else

/// The upper halves are the bf16: rounded to the nearest, ties to even; NaN stays NaN.
LANET_INLINE Bits16 rounded_bits(const Vector16& value) {
  const Bits16 bits = reinterpret_cast<Bits16>(value);
  const Bits16 rounded = bits + 0x7fff + ((bits >> 16) & 1);
  return value == value ? rounded : (bits | 0x400000);
}

LANET_INLINE void store16(std::uint16_t* to, const Vector16& value) {
  const Halves16 halves = __builtin_convertvector(rounded_bits(value) >> 16, Halves16);
  __builtin_memcpy(to, &halves, sizeof halves);
}

/// 32 bf16 of their even and their odd ones.
LANET_INLINE void store_pair16(std::uint16_t* to, const Vector16& even, const Vector16& odd) {
  const Bits16 bits = (rounded_bits(even) >> 16) | (rounded_bits(odd) & 0xffff0000U);
  __builtin_memcpy(to, &bits, sizeof bits);
}

#endif

#else  // vectors wider than a register are taken apart by hand: GCC compares, selects and converts them number by
       // number

#ifdef __AVX2__
constexpr int kRegisterBytes = 32;
#else
constexpr int kRegisterBytes = 16;
#endif
constexpr int kPieces = 64 / kRegisterBytes;
constexpr int kPieceLanes = 16 / kPieces;

#if defined(__aarch64__)
constexpr int kVectorRegisters = 32 / kPieces;
#else
constexpr int kVectorRegisters = 16 / kPieces;
#endif

typedef float Piece __attribute__((vector_size(kRegisterBytes)));
typedef std::int32_t MaskPiece __attribute__((vector_size(kRegisterBytes)));
typedef std::uint32_t BitsPiece __attribute__((vector_size(kRegisterBytes)));

struct Mask16 {
  MaskPiece piece[kPieces];
};

struct Vector16 {
  Piece piece[kPieces];
};

#define LANET_PIECEWISE(Result, expression)                                                 \
  Result result;                                                                            \
  _Pragma("GCC unroll 4") for (int k = 0; k < kPieces; ++k) result.piece[k] = (expression); \
  return result

LANET_INLINE Vector16 operator+(const Vector16& a, const Vector16& b) {
  LANET_PIECEWISE(Vector16, a.piece[k] + b.piece[k]);
}
LANET_INLINE Vector16 operator-(const Vector16& a, const Vector16& b) {
  LANET_PIECEWISE(Vector16, a.piece[k] - b.piece[k]);
}
LANET_INLINE Vector16 operator*(const Vector16& a, const Vector16& b) {
  LANET_PIECEWISE(Vector16, a.piece[k] * b.piece[k]);
}
LANET_INLINE Vector16 operator*(const Vector16& a, float b) { LANET_PIECEWISE(Vector16, a.piece[k] * b); }
LANET_INLINE Vector16& operator+=(Vector16& a, const Vector16& b) { return a = a + b; }

LANET_INLINE Vector16 zero16() { return Vector16{}; }
LANET_INLINE Vector16 all16(float value) { LANET_PIECEWISE(Vector16, Piece{} + value); }

LANET_INLINE Mask16 is_below(const Vector16& a, const Vector16& b) { LANET_PIECEWISE(Mask16, a.piece[k] < b.piece[k]); }
LANET_INLINE Mask16 is_at_most(const Vector16& a, const Vector16& b) {
  LANET_PIECEWISE(Mask16, a.piece[k] <= b.piece[k]);
}
LANET_INLINE Mask16 is_equal(const Vector16& a, const Vector16& b) {
  LANET_PIECEWISE(Mask16, a.piece[k] == b.piece[k]);
}
/// Where the mask holds `yes`, else `no`.
LANET_INLINE Vector16 select16(const Mask16& mask, const Vector16& yes, const Vector16& no) {
  LANET_PIECEWISE(Vector16, mask.piece[k] ? yes.piece[k] : no.piece[k]);
}

// Piece by piece: copied as a whole, a vector would go through memory.
LANET_INLINE Piece load_piece(const float* from) {
  Piece value;
  __builtin_memcpy(&value, from, sizeof value);
  return value;
}
LANET_INLINE void store_piece(float* to, const Piece& value) { __builtin_memcpy(to, &value, sizeof value); }

/// A piece of bf16 as fp32: bf16 is the upper half of an fp32.
LANET_INLINE Piece load_piece(const std::uint16_t* from) {
#ifdef __AVX2__
  __m128i halves;
  __builtin_memcpy(&halves, from, sizeof halves);
  return reinterpret_cast<Piece>(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
#else
  typedef std::uint16_t Halves8 __attribute__((vector_size(16)));
  Halves8 halves{};
  __builtin_memcpy(&halves, from, kPieceLanes * sizeof *from);
  return reinterpret_cast<Piece>(__builtin_shufflevector(Halves8{}, halves, 0, 8, 1, 9, 2, 10, 3, 11));
#endif
}

/// The upper halves are the bf16: rounded to the nearest, ties to even; NaN stays NaN.
LANET_INLINE BitsPiece rounded_bits(const Piece& value) {
  const BitsPiece bits = reinterpret_cast<BitsPiece>(value);
  const BitsPiece rounded = bits + 0x7fff + ((bits >> 16) & 1);
  return value == value ? rounded : (bits | 0x400000);
}

LANET_INLINE void store_piece(std::uint16_t* to, const Piece& value) {
#ifdef __AVX2__
  const __m256i bits = _mm256_srli_epi32(reinterpret_cast<__m256i>(rounded_bits(value)), 16);
  const __m128i halves = _mm_packus_epi32(_mm256_castsi256_si128(bits), _mm256_extracti128_si256(bits, 1));
  __builtin_memcpy(to, &halves, sizeof halves);
#else
  typedef std::uint16_t Halves8 __attribute__((vector_size(16)));
  const Halves8 bits = reinterpret_cast<Halves8>(rounded_bits(value));
  const Halves8 halves = __builtin_shufflevector(bits, bits, 1, 3, 5, 7, 1, 3, 5, 7);
  __builtin_memcpy(to, &halves, kPieceLanes * sizeof *to);
#endif
}

template <class Number>
LANET_INLINE Vector16 load16(const Number* from) {
  LANET_PIECEWISE(Vector16, load_piece(from + k * kPieceLanes));
}

template <class Number>
LANET_INLINE void store16(Number* to, const Vector16& value) {
#pragma GCC unroll 4
  for (int k = 0; k < kPieces; ++k) store_piece(to + k * kPieceLanes, value.piece[k]);
}

#endif

/// The numbers of a vector, one by one.
struct Numbers16 {
  float at[16];
};
LANET_INLINE Numbers16 numbers_of(const Vector16& value) {
  Numbers16 numbers;
  store16(numbers.at, value);
  return numbers;
}

struct WholeBlock {};
struct HalfBlock {};  // only the lower 8 count

template <class Number>
LANET_INLINE Vector16 load_block(const Number* from, WholeBlock) {
  return load16(from);
}
template <class Number>
LANET_INLINE void store_block(Number* to, const Vector16& value, WholeBlock) {
  store16(to, value);
}

#ifdef __AVX512F__

template <class Number>
LANET_INLINE Vector16 load_block(const Number* from, HalfBlock) {
  Number values[16]{};
  __builtin_memcpy(values, from, 8 * sizeof(Number));
  return load16(values);
}
template <class Number>
LANET_INLINE void store_block(Number* to, const Vector16& value, HalfBlock) {
  Number values[16];
  store16(values, value);
  __builtin_memcpy(to, values, 8 * sizeof(Number));
}

#else

template <class Number>
LANET_INLINE Vector16 load_block(const Number* from, HalfBlock) {
  Vector16 value = zero16();
#pragma GCC unroll 2
  for (int k = 0; k < kPieces / 2; ++k) value.piece[k] = load_piece(from + k * kPieceLanes);
  return value;
}
template <class Number>
LANET_INLINE void store_block(Number* to, const Vector16& value, HalfBlock) {
#pragma GCC unroll 2
  for (int k = 0; k < kPieces / 2; ++k) store_piece(to + k * kPieceLanes, value.piece[k]);
}

#endif

/// Calls work(offset, whole) for each group of 16 channels, at the end perhaps for one of 8 (whole = false).
template <class Work>
LANET_INLINE void each_block(std::int64_t channels, const Work& work) {
  std::int64_t c = 0;
  for (; c + kLanes <= channels; c += kLanes) work(c, WholeBlock{});
  if (c < channels) work(c, HalfBlock{});
}

/// Calls work(first row, last row) on pieces of which `tensors` together fit into the first cache: memory is read once,
/// in order, though each piece is gone through once a block of channels.
template <class Number, class Work>
LANET_INLINE void each_piece(std::int64_t channels, std::int64_t tensors, std::int64_t first, std::int64_t last,
                             const Work& work) {
  constexpr std::int64_t kBytes = 16 << 10, kFewest = 4;
  std::int64_t rows = kBytes / (tensors * channels * static_cast<std::int64_t>(sizeof(Number)));
  rows = rows < kFewest ? kFewest : rows / 2 * 2;
  for (std::int64_t row = first; row < last; row += rows) work(row, row + rows < last ? row + rows : last);
}

LANET_INLINE void clear(float* sums, std::int64_t channels) {
  for (std::int64_t c = 0; c < channels; ++c) sums[c] = 0;
}

template <class Size>
LANET_INLINE void add_block(float* to, const Vector16& value, Size size) {
  store_block(to, load_block(to, size) + value, size);
}

}  // namespace
}  // namespace lanet::LANET_ISA
