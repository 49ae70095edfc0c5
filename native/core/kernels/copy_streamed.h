// Copies of lines that write past the caches: a large target would not stay in them, and its old content need
// not be read then. Processors without such stores use plain ones.
#ifndef MEMORYVIEW_CORE_COPY_STREAMED_H_
#define MEMORYVIEW_CORE_COPY_STREAMED_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "copy_lines.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace mv {

/// Copies a run past the caches. Other threads are sure to see what was written only after EndStream.
inline void StreamPart(char* target, const char* source, size_t nbytes) {
#ifdef __SSE2__
  constexpr size_t kLine = 64;
  const size_t head = std::min((kLine - reinterpret_cast<uintptr_t>(target) % kLine) % kLine, nbytes);
  // SAFETY: all offsets are below `nbytes`, and both runs have so many bytes.
  std::memcpy(target, source, head);
  size_t at = head;
  for (; at + kLine <= nbytes; at += kLine) {
    // SAFETY: `target + at` is aligned by `head`; both ends are within the run.
    const auto* from = reinterpret_cast<const __m128i*>(source + at);
    auto* to = reinterpret_cast<__m128i*>(target + at);
    const __m128i w = _mm_loadu_si128(from);
    const __m128i x = _mm_loadu_si128(from + 1);
    const __m128i y = _mm_loadu_si128(from + 2);
    const __m128i z = _mm_loadu_si128(from + 3);
    _mm_stream_si128(to, w);
    _mm_stream_si128(to + 1, x);
    _mm_stream_si128(to + 2, y);
    _mm_stream_si128(to + 3, z);
  }
  std::memcpy(target + at, source + at, nbytes - at);
#else
  std::memcpy(target, source, nbytes);
#endif
}

inline void EndStream() {
#ifdef __SSE2__
  _mm_sfence();
#endif
}

/// StreamPart and EndStream: 10 to 30 % faster than plain stores from 16 MiB on.
inline void StreamRun(char* target, const char* source, size_t nbytes) {
  StreamPart(target, source, nbytes);
  EndStream();
}

/// Swaps the items of dense lines in the first-level cache, and writes them past the caches.
template <size_t N>
void StreamSwapped(char* to, const char* from, size_t, const Axis& outer, const Axis& inner) {
  constexpr size_t kItems = 4096 / N;
  char swapped[kItems * N];
  for (size_t i = 0; i < outer.length; i++, to += outer.to, from += outer.from) {
    for (size_t done = 0; done < inner.length; done += kItems) {
      const size_t count = std::min(kItems, inner.length - done);
      const auto at = static_cast<ptrdiff_t>(done);
      CopyLine<N, true>(swapped, from + at * inner.from, count, static_cast<ptrdiff_t>(N), inner.from);
      StreamRun(to + at * inner.to, swapped, count * N);
    }
  }
}

template <bool kStream>
void CopyRuns(char* target, const char* source, size_t itemsize, const Axis& outer, const Axis& inner) {
  for (size_t i = 0; i < outer.length; i++) {
    char* to = target + static_cast<ptrdiff_t>(i) * outer.to;
    const char* from = source + static_cast<ptrdiff_t>(i) * outer.from;
    for (size_t j = 0; j < inner.length; j++, to += inner.to, from += inner.from) {
      // SAFETY: both are items, by the contract of CopyItems.
      if constexpr (kStream) {
        StreamRun(to, from, itemsize);
      } else {
        std::memcpy(to, from, itemsize);
      }
    }
  }
}

/// Stores one item side by side, past the caches; `nbytes` is a multiple of the itemsize, which divides 16.
inline void StreamFill(char* to, const char* item, size_t itemsize, size_t nbytes) {
  constexpr size_t kPattern = 128;
  // Twice the length that is read, so that reading can start where the first whole line begins.
  char pattern[kPattern];
  for (size_t at = 0; at < kPattern; at += itemsize) std::memcpy(pattern + at, item, itemsize);
#ifdef __SSE2__
  const size_t head = std::min((16 - reinterpret_cast<uintptr_t>(to) % 16) % 16, nbytes);
  std::memcpy(to, pattern, head);
  const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(pattern + head));
  size_t at = head;
  // SAFETY: `to + at` is aligned by `head`, and 16 bytes are left.
  for (; at + 16 <= nbytes; at += 16) _mm_stream_si128(reinterpret_cast<__m128i*>(to + at), x);
  std::memcpy(to + at, pattern + head, nbytes - at);
  _mm_sfence();
#else
  for (size_t at = 0; at < nbytes; at += kPattern)
    std::memcpy(to + at, pattern, std::min(kPattern, nbytes - at));
#endif
}

inline void StreamFills(char* to, const char* from, size_t itemsize, const Axis& outer, const Axis& inner) {
  for (size_t i = 0; i < outer.length; i++, to += outer.to, from += outer.from) {
    StreamFill(to, from, itemsize, inner.length * itemsize);
  }
}

}  // namespace mv

#endif  // MEMORYVIEW_CORE_COPY_STREAMED_H_
