// Copies items of a size known at compile time along two dimensions, in the order of the target.
#ifndef MEMORYVIEW_CORE_COPY_LINES_H_
#define MEMORYVIEW_CORE_COPY_LINES_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "pair_walk.h"

namespace mv {

/// Copies the items of two dimensions.
using Plane = void (*)(char* to, const char* from, size_t itemsize, const Axis& outer, const Axis& inner);

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
inline void CopyOne(char* to, const char* from) {
  // SAFETY: both are N bytes of an item, by the contract of CopyItems; memcpy because nothing says that they
  // are aligned.
  typename ItemOf<N>::Type item;
  std::memcpy(&item, from, N);
  if constexpr (kSwap) item = Reversed(item);
  std::memcpy(to, &item, N);
}

/// A stride that is known only at run time.
constexpr ptrdiff_t kAny = PTRDIFF_MAX;

template <size_t N, bool kSwap, ptrdiff_t kToStep, ptrdiff_t kFromStep>
inline void CopySteps(char* to, const char* from, size_t length, ptrdiff_t to_step, ptrdiff_t from_step) {
  constexpr auto kSize = static_cast<ptrdiff_t>(N);
  for (size_t i = 0; i < length; i++) {
    const auto at = static_cast<ptrdiff_t>(i);
    // Steps that the compiler knows let it work on many items at once.
    CopyOne<N, kSwap>(to + at * (kToStep == kAny ? to_step : kToStep * kSize),
                      from + at * (kFromStep == kAny ? from_step : kFromStep * kSize));
  }
}

template <size_t N, bool kSwap>
inline void CopyLine(char* to, const char* from, size_t length, ptrdiff_t to_step, ptrdiff_t from_step) {
  constexpr auto kSize = static_cast<ptrdiff_t>(N);
  if (to_step == kSize) {
    if (from_step == kSize) return CopySteps<N, kSwap, 1, 1>(to, from, length, to_step, from_step);
    if (from_step == -kSize) return CopySteps<N, kSwap, 1, -1>(to, from, length, to_step, from_step);
    if (from_step == 0) return CopySteps<N, kSwap, 1, 0>(to, from, length, to_step, from_step);
    if constexpr (kSwap) {
      // Without a swap these go to copy_narrow.
      if (from_step == 2 * kSize) return CopySteps<N, kSwap, 1, 2>(to, from, length, to_step, from_step);
      if (from_step == 3 * kSize) return CopySteps<N, kSwap, 1, 3>(to, from, length, to_step, from_step);
      if (from_step == 4 * kSize) return CopySteps<N, kSwap, 1, 4>(to, from, length, to_step, from_step);
    }
    return CopySteps<N, kSwap, 1, kAny>(to, from, length, to_step, from_step);
  }
  CopySteps<N, kSwap, kAny, kAny>(to, from, length, to_step, from_step);
}

template <size_t N, bool kSwap>
void CopyLines(char* to, const char* from, size_t, const Axis& outer, const Axis& inner) {
  for (size_t i = 0; i < outer.length; i++, to += outer.to, from += outer.from) {
    CopyLine<N, kSwap>(to, from, inner.length, inner.to, inner.from);
  }
}

}  // namespace mv

#endif  // MEMORYVIEW_CORE_COPY_LINES_H_
