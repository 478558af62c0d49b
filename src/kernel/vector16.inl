// 16 floats as one value, with the compiler's vector extension: one register with AVX-512, two with AVX2, four elsewhere.
// Included inside translation units of one instruction set each; everything is static, so that no other file shares it.
#include <cstdint>

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

/// Rounds to the nearest, ties to even; NaN stays NaN.
inline __attribute__((always_inline)) void store16(std::uint16_t* to, const Vector16& value) {
  Bits16 bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  const Bits16 rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  const Bits16 nan = (bits >> 16) | 0x40;
  const Bits16 chosen = value == value ? rounded : nan;
  const Halves16 halves = __builtin_convertvector(chosen, Halves16);
  __builtin_memcpy(to, &halves, sizeof halves);
}

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

}  // namespace
}  // namespace lanet::LANET_ISA
