// 2-D copies whose source and target are contiguous along different axes: `outer` is the innermost dimension
// of the source, `inner` that of the target. The plane is copied in blocks, so that each cache line is used
// whole before it is evicted, and within a block in squares of one vector.
#ifndef MEMORYVIEW_CORE_COPY_CROSSWISE_H_
#define MEMORYVIEW_CORE_COPY_CROSSWISE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "copy_lines.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define MV_HAS_SHUFFLE 1
#endif
#endif

namespace mv {

#ifdef MV_HAS_SHUFFLE
constexpr size_t kVector = 16;

template <size_t N>
using VectorOf __attribute__((vector_size(kVector))) = typename ItemOf<N>::Type;

template <class Vector, size_t... I>
inline Vector InterleavedLow(Vector x, Vector y, std::index_sequence<I...>) {
  return __builtin_shufflevector(x, y, (I / 2 + (I % 2) * sizeof...(I))...);
}

template <class Vector, size_t... I>
inline Vector InterleavedHigh(Vector x, Vector y, std::index_sequence<I...>) {
  return __builtin_shufflevector(x, y, (I / 2 + sizeof...(I) / 2 + (I % 2) * sizeof...(I))...);
}

/// Transposes a square of as many rows as a vector has items: each round interleaves row i with row i + half.
template <size_t N>
inline void TransposeSquare(char* to, const char* from, ptrdiff_t to_step, ptrdiff_t from_step) {
  constexpr size_t kItems = kVector / N;
  using Vector = VectorOf<N>;
  constexpr auto kOrder = std::make_index_sequence<kItems>();
  Vector rows[kItems];
  Vector next[kItems];
  // SAFETY: the caller's square has kVector bytes in each of kItems rows, on both sides.
  for (size_t i = 0; i < kItems; i++)
    std::memcpy(&rows[i], from + static_cast<ptrdiff_t>(i) * from_step, kVector);
  for (size_t done = 1; done < kItems; done *= 2) {
    for (size_t i = 0; i < kItems / 2; i++) {
      next[2 * i] = InterleavedLow(rows[i], rows[i + kItems / 2], kOrder);
      next[2 * i + 1] = InterleavedHigh(rows[i], rows[i + kItems / 2], kOrder);
    }
    for (size_t i = 0; i < kItems; i++) rows[i] = next[i];
  }
  for (size_t i = 0; i < kItems; i++)
    std::memcpy(to + static_cast<ptrdiff_t>(i) * to_step, &rows[i], kVector);
}
#endif

template <size_t N, bool kSwap>
void CopyBlock(char* to, const char* from, const Axis& outer, const Axis& inner) {
  for (size_t i = 0; i < outer.length; i++, to += outer.to, from += outer.from) {
    CopySteps<N, kSwap, kAny, kAny>(to, from, inner.length, inner.to, inner.from);
  }
}

/// Copies a plane in blocks of two cache lines of 16 rows each: where the rows lie powers of two apart, all
/// of them fall into one set of the first-level cache, and wider blocks (64 rows) took two to five times as
/// long.
template <size_t N, bool kSwap>
void CopySmallBlocks(char* target, const char* source, const Axis& outer, const Axis& inner) {
  constexpr size_t kOuter = std::max<size_t>(128 / N, 1);
  constexpr size_t kInner = 16;
  for (size_t p = 0; p < inner.length; p += kInner) {
    const size_t width = std::min(kInner, inner.length - p);
    for (size_t q = 0; q < outer.length; q += kOuter) {
      const size_t height = std::min(kOuter, outer.length - q);
      char* to = target + static_cast<ptrdiff_t>(q) * outer.to + static_cast<ptrdiff_t>(p) * inner.to;
      const char* from =
          source + static_cast<ptrdiff_t>(q) * outer.from + static_cast<ptrdiff_t>(p) * inner.from;
      size_t whole_q = 0;
      size_t whole_p = 0;
#ifdef MV_HAS_SHUFFLE
      if constexpr (!kSwap && N < kVector && kVector % N == 0) {
        constexpr size_t kItems = kVector / N;
        if (inner.to == static_cast<ptrdiff_t>(N) && outer.from == static_cast<ptrdiff_t>(N)) {
          // Squares need both sides; a block that is too narrow on one has none.
          if (height >= kItems && width >= kItems) {
            whole_q = height / kItems * kItems;
            whole_p = width / kItems * kItems;
          }
          for (size_t i = 0; i < whole_p; i += kItems) {
            for (size_t j = 0; j < whole_q; j += kItems) {
              TransposeSquare<N>(
                  to + static_cast<ptrdiff_t>(j) * outer.to + static_cast<ptrdiff_t>(i) * inner.to,
                  from + static_cast<ptrdiff_t>(j) * outer.from + static_cast<ptrdiff_t>(i) * inner.from,
                  outer.to, inner.from);
            }
          }
        }
      }
#endif
      const auto past_p = static_cast<ptrdiff_t>(whole_p);
      const auto past_q = static_cast<ptrdiff_t>(whole_q);
      if (whole_p < width) {
        CopyBlock<N, kSwap>(to + past_p * inner.to, from + past_p * inner.from,
                            {whole_q == 0 ? height : whole_q, outer.to, outer.from},
                            {width - whole_p, inner.to, inner.from});
      }
      if (whole_q != 0 && whole_q < height) {
        CopyBlock<N, kSwap>(to + past_q * outer.to, from + past_q * outer.from,
                            {height - whole_q, outer.to, outer.from}, {width, inner.to, inner.from});
      }
    }
  }
}

#ifdef MV_HAS_SHUFFLE
constexpr size_t kLine = 64;

/// The blocks of dense rows that are transposed in the first-level cache, and written in whole lines.
template <size_t N>
struct WholeBlock {
  static constexpr size_t kOuter = 128 / N;
  static constexpr size_t kInner = N <= 2 ? 128 / N : 16;
  static constexpr size_t kItems = kVector / N;
  static constexpr auto kRow = static_cast<ptrdiff_t>(kInner * N);

  alignas(kLine) char bytes[kOuter * kInner * N];

  void Transpose(const char* source, ptrdiff_t step) {
    if constexpr (N <= 2) {
      // A square of small items has a part of a line in many rows. Where these lie powers of two apart, the
      // line would be evicted before the next square, so each row is read whole first.
      constexpr auto kLength = static_cast<ptrdiff_t>(kOuter * N);
      char rows[kOuter * kInner * N];
      for (size_t i = 0; i < kInner; i++, source += step)
        std::memcpy(rows + static_cast<ptrdiff_t>(i) * kLength, source, kLength);
      Squares(rows, kLength);
    } else {
      Squares(source, step);
    }
  }

  /// With kStream past the caches: the old content of the target need not be read.
  template <bool kStream>
  void Store(char* target, ptrdiff_t step) const {
    for (size_t j = 0; j < kOuter; j++, target += step) {
      const char* row = bytes + static_cast<ptrdiff_t>(j) * kRow;
#ifdef __SSE2__
      if constexpr (kStream) {
        const auto* from = reinterpret_cast<const __m128i*>(row);
        // SAFETY: the caller found every row of the target aligned to a line.
        auto* to = reinterpret_cast<__m128i*>(target);
        for (size_t k = 0; k < kInner * N / sizeof(__m128i); k++) _mm_stream_si128(to + k, from[k]);
        continue;
      }
#endif
      std::memcpy(target, row, kRow);
    }
  }

 private:
  void Squares(const char* source, ptrdiff_t step) {
    for (size_t i = 0; i < kInner; i += kItems) {
      for (size_t j = 0; j < kOuter; j += kItems) {
        const auto across = static_cast<ptrdiff_t>(i);
        const auto down = static_cast<ptrdiff_t>(j);
        TransposeSquare<N>(bytes + down * kRow + across * static_cast<ptrdiff_t>(N),
                           source + across * step + down * static_cast<ptrdiff_t>(N), kRow, step);
      }
    }
  }
};

/// Copies a plane of dense rows, aligned to lines in the target, in whole blocks, and the rest at its
/// edges in small ones.
template <size_t N, bool kStream>
void CopyWholeBlocks(char* target, const char* source, const Axis& outer, const Axis& inner) {
  using Block = WholeBlock<N>;
  static_assert(Block::kRow % kLine == 0);
  Block block;
  for (size_t p = 0; p < inner.length; p += Block::kInner) {
    const size_t width = std::min(Block::kInner, inner.length - p);
    for (size_t q = 0; q < outer.length; q += Block::kOuter) {
      const size_t height = std::min(Block::kOuter, outer.length - q);
      char* to = target + static_cast<ptrdiff_t>(q) * outer.to + static_cast<ptrdiff_t>(p) * inner.to;
      const char* from =
          source + static_cast<ptrdiff_t>(q) * outer.from + static_cast<ptrdiff_t>(p) * inner.from;
      if (height < Block::kOuter || width < Block::kInner) {
        CopySmallBlocks<N, false>(to, from, {height, outer.to, outer.from}, {width, inner.to, inner.from});
      } else {
        block.Transpose(from, inner.from);
        block.template Store<kStream>(to, outer.to);
      }
    }
  }
#ifdef __SSE2__
  if constexpr (kStream) _mm_sfence();
#endif
}
#endif

template <size_t N, bool kSwap, bool kStream = false>
void CopyCrosswise(char* target, const char* source, size_t, const Axis& outer, const Axis& inner) {
#ifdef MV_HAS_SHUFFLE
  if constexpr (!kSwap && (kStream || N <= 2)) {
    const size_t past = reinterpret_cast<uintptr_t>(target) % kLine;
    if (inner.to == static_cast<ptrdiff_t>(N) && outer.from == static_cast<ptrdiff_t>(N) && past % N == 0 &&
        outer.to % static_cast<ptrdiff_t>(kLine) == 0) {
      // Large blocks of the C library begin 16 bytes within a line, and with them the engine's ArrayBuffers.
      const size_t head = std::min((kLine - past) % kLine / N, inner.length);
      const auto at = static_cast<ptrdiff_t>(head);
      if (head != 0) CopySmallBlocks<N, false>(target, source, outer, {head, inner.to, inner.from});
      if (head == inner.length) return;
      CopyWholeBlocks<N, kStream>(target + at * inner.to, source + at * inner.from, outer,
                                  {inner.length - head, inner.to, inner.from});
      return;
    }
  }
#endif
  CopySmallBlocks<N, kSwap>(target, source, outer, inner);
}

}  // namespace mv

#endif  // MEMORYVIEW_CORE_COPY_CROSSWISE_H_
