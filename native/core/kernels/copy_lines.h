// Items of a known size copied along two dimensions, in the order of the target.
#ifndef MEMORYVIEW_CORE_COPY_LINES_H_
#define MEMORYVIEW_CORE_COPY_LINES_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "pair_walk.h"

namespace mv {

// Copies the items of two dimensions.
using Plane = void (*)(char* a, const char* b, size_t itemsize, const Axis& outer, const Axis& inner);

template <size_t N>
struct ItemBytes {
  unsigned char bytes[N];
};

template <size_t N>
struct ItemOf {
  using Type = ItemBytes<N>;
};
template <>
struct ItemOf<1> {
  using Type = uint8_t;
};
template <>
struct ItemOf<2> {
  using Type = uint16_t;
};
template <>
struct ItemOf<4> {
  using Type = uint32_t;
};
template <>
struct ItemOf<8> {
  using Type = uint64_t;
};

inline uint16_t Reversed(uint16_t item) { return __builtin_bswap16(item); }
inline uint32_t Reversed(uint32_t item) { return __builtin_bswap32(item); }
inline uint64_t Reversed(uint64_t item) { return __builtin_bswap64(item); }

template <size_t N, bool kSwap>
inline void CopyOne(char* a, const char* b) {
  // SAFETY: both are N bytes of an item, by the contract of CopyItems; memcpy because nothing says that they
  // are aligned.
  typename ItemOf<N>::Type item;
  std::memcpy(&item, b, N);
  if constexpr (kSwap) item = Reversed(item);
  std::memcpy(a, &item, N);
}

/// A stride that is known only at run time.
constexpr ptrdiff_t kAny = PTRDIFF_MAX;

template <size_t N, bool kSwap, ptrdiff_t kStepA, ptrdiff_t kStepB>
inline void CopySteps(char* a, const char* b, size_t length, ptrdiff_t step_a, ptrdiff_t step_b) {
  constexpr auto kSize = static_cast<ptrdiff_t>(N);
  for (size_t i = 0; i < length; i++) {
    const auto at = static_cast<ptrdiff_t>(i);
    // Steps that the compiler knows let it work on many items at once.
    CopyOne<N, kSwap>(a + at * (kStepA == kAny ? step_a : kStepA * kSize),
                      b + at * (kStepB == kAny ? step_b : kStepB * kSize));
  }
}

template <size_t N, bool kSwap>
inline void CopyLine(char* a, const char* b, size_t length, ptrdiff_t step_a, ptrdiff_t step_b) {
  constexpr auto kSize = static_cast<ptrdiff_t>(N);
  if (step_a == kSize) {
    if (step_b == kSize) return CopySteps<N, kSwap, 1, 1>(a, b, length, step_a, step_b);
    if (step_b == -kSize) return CopySteps<N, kSwap, 1, -1>(a, b, length, step_a, step_b);
    if (step_b == 0) return CopySteps<N, kSwap, 1, 0>(a, b, length, step_a, step_b);
    if constexpr (kSwap) {
      // Without a swap these go to copy_narrow.
      if (step_b == 2 * kSize) return CopySteps<N, kSwap, 1, 2>(a, b, length, step_a, step_b);
      if (step_b == 3 * kSize) return CopySteps<N, kSwap, 1, 3>(a, b, length, step_a, step_b);
      if (step_b == 4 * kSize) return CopySteps<N, kSwap, 1, 4>(a, b, length, step_a, step_b);
    }
    return CopySteps<N, kSwap, 1, kAny>(a, b, length, step_a, step_b);
  }
  CopySteps<N, kSwap, kAny, kAny>(a, b, length, step_a, step_b);
}

template <size_t N, bool kSwap>
void CopyLines(char* a, const char* b, size_t, const Axis& outer, const Axis& inner) {
  for (size_t i = 0; i < outer.length; i++, a += outer.a, b += outer.b) {
    CopyLine<N, kSwap>(a, b, inner.length, inner.a, inner.b);
  }
}

}  // namespace mv

#endif  // MEMORYVIEW_CORE_COPY_LINES_H_
