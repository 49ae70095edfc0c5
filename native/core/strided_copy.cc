#include "strided_copy.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define MV_HAS_SHUFFLE 1
#endif
#endif

namespace mv {
namespace {

// Copies the items of two dimensions.
using Plane = void (*)(char* a, const char* b, size_t itemsize, const Axis& outer, const Axis& inner);

template <size_t N>
struct Bytes {
  unsigned char bytes[N];
};

template <size_t N>
struct ItemOf {
  using Type = Bytes<N>;
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
    if (step_b == 2 * kSize) return CopySteps<N, kSwap, 1, 2>(a, b, length, step_a, step_b);
    if (step_b == 3 * kSize) return CopySteps<N, kSwap, 1, 3>(a, b, length, step_a, step_b);
    if (step_b == 4 * kSize) return CopySteps<N, kSwap, 1, 4>(a, b, length, step_a, step_b);
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

/// Copies a run past the caches, for targets that would not stay in them: 10 to 30 % faster from 16 MiB on,
/// since the old content of the target need not be read.
inline void StreamRun(char* a, const char* b, size_t nbytes) {
#ifdef __SSE2__
  constexpr size_t kLine = 64;
  const size_t head = std::min((kLine - reinterpret_cast<uintptr_t>(a) % kLine) % kLine, nbytes);
  std::memcpy(a, b, head);
  size_t at = head;
  for (; at + kLine <= nbytes; at += kLine) {
    // SAFETY: `a + at` is aligned by `head`; both ends are within the run.
    const auto* from = reinterpret_cast<const __m128i*>(b + at);
    auto* to = reinterpret_cast<__m128i*>(a + at);
    const __m128i w = _mm_loadu_si128(from);
    const __m128i x = _mm_loadu_si128(from + 1);
    const __m128i y = _mm_loadu_si128(from + 2);
    const __m128i z = _mm_loadu_si128(from + 3);
    _mm_stream_si128(to, w);
    _mm_stream_si128(to + 1, x);
    _mm_stream_si128(to + 2, y);
    _mm_stream_si128(to + 3, z);
  }
  std::memcpy(a + at, b + at, nbytes - at);
  _mm_sfence();
#else
  std::memcpy(a, b, nbytes);
#endif
}

template <bool kStream>
void CopyRuns(char* a, const char* b, size_t itemsize, const Axis& outer, const Axis& inner) {
  for (size_t i = 0; i < outer.length; i++) {
    char* to = a + static_cast<ptrdiff_t>(i) * outer.a;
    const char* from = b + static_cast<ptrdiff_t>(i) * outer.b;
    for (size_t j = 0; j < inner.length; j++, to += inner.a, from += inner.b) {
      if constexpr (kStream) {
        StreamRun(to, from, itemsize);
      } else {
        std::memcpy(to, from, itemsize);
      }
    }
  }
}

/// Stores one item side by side, past the caches; `nbytes` is a multiple of the itemsize, which divides 16.
void StreamFill(char* a, const char* item, size_t itemsize, size_t nbytes) {
  constexpr size_t kPattern = 128;
  // Twice as long as what is read of it, so that it can be read from wherever the first whole line begins.
  char pattern[kPattern];
  for (size_t at = 0; at < kPattern; at += itemsize) std::memcpy(pattern + at, item, itemsize);
#ifdef __SSE2__
  const size_t head = std::min((16 - reinterpret_cast<uintptr_t>(a) % 16) % 16, nbytes);
  std::memcpy(a, pattern, head);
  const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(pattern + head));
  size_t at = head;
  // SAFETY: `a + at` is aligned by `head`, and 16 bytes are left.
  for (; at + 16 <= nbytes; at += 16) _mm_stream_si128(reinterpret_cast<__m128i*>(a + at), x);
  std::memcpy(a + at, pattern + head, nbytes - at);
  _mm_sfence();
#else
  for (size_t at = 0; at < nbytes; at += kPattern)
    std::memcpy(a + at, pattern, std::min(kPattern, nbytes - at));
#endif
}

void StreamFills(char* a, const char* b, size_t itemsize, const Axis& outer, const Axis& inner) {
  for (size_t i = 0; i < outer.length; i++, a += outer.a, b += outer.b) {
    StreamFill(a, b, itemsize, inner.length * itemsize);
  }
}

// --- planes whose two sides lie crosswise: `outer` is the innermost dimension of b, `inner` that of a
// --------

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
inline void TransposeSquare(char* a, const char* b, ptrdiff_t step_a, ptrdiff_t step_b) {
  constexpr size_t kItems = kVector / N;
  using Vector = VectorOf<N>;
  constexpr auto kOrder = std::make_index_sequence<kItems>();
  Vector rows[kItems];
  Vector next[kItems];
  for (size_t i = 0; i < kItems; i++) std::memcpy(&rows[i], b + static_cast<ptrdiff_t>(i) * step_b, kVector);
  for (size_t done = 1; done < kItems; done *= 2) {
    for (size_t i = 0; i < kItems / 2; i++) {
      next[2 * i] = InterleavedLow(rows[i], rows[i + kItems / 2], kOrder);
      next[2 * i + 1] = InterleavedHigh(rows[i], rows[i + kItems / 2], kOrder);
    }
    for (size_t i = 0; i < kItems; i++) rows[i] = next[i];
  }
  for (size_t i = 0; i < kItems; i++) std::memcpy(a + static_cast<ptrdiff_t>(i) * step_a, &rows[i], kVector);
}
#endif

template <size_t N, bool kSwap>
void CopyBlock(char* a, const char* b, const Axis& outer, const Axis& inner) {
  for (size_t i = 0; i < outer.length; i++, a += outer.a, b += outer.b) {
    CopySteps<N, kSwap, kAny, kAny>(a, b, inner.length, inner.a, inner.b);
  }
}

template <size_t N, bool kSwap>
void CopyCrosswise(char* a, const char* b, size_t, const Axis& outer, const Axis& inner) {
  // Two cache lines of 16 rows each: where the rows lie powers of two apart, all of them fall into one set of
  // the first-level cache, and wider blocks (64 rows) took two to five times as long.
  constexpr size_t kOuter = std::max<size_t>(128 / N, 1);
  constexpr size_t kInner = 16;
  const bool dense = inner.a == static_cast<ptrdiff_t>(N) && outer.b == static_cast<ptrdiff_t>(N);
  for (size_t p = 0; p < inner.length; p += kInner) {
    const size_t width = std::min(kInner, inner.length - p);
    for (size_t q = 0; q < outer.length; q += kOuter) {
      const size_t height = std::min(kOuter, outer.length - q);
      char* to = a + static_cast<ptrdiff_t>(q) * outer.a + static_cast<ptrdiff_t>(p) * inner.a;
      const char* from = b + static_cast<ptrdiff_t>(q) * outer.b + static_cast<ptrdiff_t>(p) * inner.b;
      size_t whole_q = 0;
      size_t whole_p = 0;
#ifdef MV_HAS_SHUFFLE
      if constexpr (!kSwap && N < kVector && kVector % N == 0) {
        constexpr size_t kItems = kVector / N;
        if (dense) {
          // Squares need both sides; a block that is too narrow on one has none.
          if (height >= kItems && width >= kItems) {
            whole_q = height / kItems * kItems;
            whole_p = width / kItems * kItems;
          }
          for (size_t i = 0; i < whole_p; i += kItems) {
            for (size_t j = 0; j < whole_q; j += kItems) {
              TransposeSquare<N>(
                  to + static_cast<ptrdiff_t>(j) * outer.a + static_cast<ptrdiff_t>(i) * inner.a,
                  from + static_cast<ptrdiff_t>(j) * outer.b + static_cast<ptrdiff_t>(i) * inner.b, outer.a,
                  inner.b);
            }
          }
        }
      }
#endif
      const auto past_p = static_cast<ptrdiff_t>(whole_p);
      const auto past_q = static_cast<ptrdiff_t>(whole_q);
      if (whole_p < width) {
        CopyBlock<N, kSwap>(to + past_p * inner.a, from + past_p * inner.b,
                            {whole_q == 0 ? height : whole_q, outer.a, outer.b},
                            {width - whole_p, inner.a, inner.b});
      }
      if (whole_q != 0 && whole_q < height) {
        CopyBlock<N, kSwap>(to + past_q * outer.a, from + past_q * outer.b,
                            {height - whole_q, outer.a, outer.b}, {width, inner.a, inner.b});
      }
    }
  }
}

// --- choosing
// -----------------------------------------------------------------------------------------------

template <bool kCross>
Plane PlaneFor(size_t itemsize, bool swap) {
  const auto pick = [](auto size, auto swaps) -> Plane {
    if constexpr (kCross) return CopyCrosswise<size(), swaps()>;
    return CopyLines<size(), swaps()>;
  };
  const auto plain = std::bool_constant<false>();
  const auto swapped = std::bool_constant<true>();
  switch (itemsize) {
    case 1:
      return pick(std::integral_constant<size_t, 1>(), plain);
    case 2:
      return swap ? pick(std::integral_constant<size_t, 2>(), swapped)
                  : pick(std::integral_constant<size_t, 2>(), plain);
    case 3:
      return pick(std::integral_constant<size_t, 3>(), plain);
    case 4:
      return swap ? pick(std::integral_constant<size_t, 4>(), swapped)
                  : pick(std::integral_constant<size_t, 4>(), plain);
    case 6:
      return pick(std::integral_constant<size_t, 6>(), plain);
    case 8:
      return swap ? pick(std::integral_constant<size_t, 8>(), swapped)
                  : pick(std::integral_constant<size_t, 8>(), plain);
    case 12:
      return pick(std::integral_constant<size_t, 12>(), plain);
    case 16:
      return pick(std::integral_constant<size_t, 16>(), plain);
    case 24:
      return pick(std::integral_constant<size_t, 24>(), plain);
    case 32:
      return pick(std::integral_constant<size_t, 32>(), plain);
    default:
      return CopyRuns<false>;
  }
}

/// The dimension that b steps through in the smallest steps.
size_t InnerOfB(const PairWalk& walk) {
  size_t found = walk.ndim - 1;
  for (size_t d = walk.ndim; d-- > 0;) {
    const ptrdiff_t step = std::abs(walk.axes[d].b);
    if (step != 0 && step < std::abs(walk.axes[found].b)) found = d;
  }
  return found;
}

constexpr size_t kShortest = 8;
/// Bytes of a whole copy from which its target is not expected to stay in the caches.
constexpr size_t kStreamFrom = 8 * 1024 * 1024;
constexpr size_t kShortestStream = 1024;

/// The way past the caches, where the items side by side are runs or fills; else null.
Plane StreamFor(size_t itemsize, const Axis& inner) {
  if (itemsize >= kShortestStream) return CopyRuns<true>;
  const bool fills = inner.b == 0 && inner.a == static_cast<ptrdiff_t>(itemsize) && 16 % itemsize == 0;
  return fills && inner.length * itemsize >= kShortestStream ? StreamFills : nullptr;
}

void CopyPart(PairWalk walk, bool swap, bool stream) {
  // What a source repeats, or steps through in parallel, is walked in the order of the target; else both are
  // walked in blocks.
  const size_t inner = walk.ndim - 1;
  const size_t cross = InnerOfB(walk);
  const bool crosswise =
      cross != inner && walk.axes[cross].length >= kShortest && walk.axes[inner].length >= kShortest;
  Plane plane = crosswise ? PlaneFor<true>(walk.itemsize, swap) : PlaneFor<false>(walk.itemsize, swap);
  Axis low = walk.axes[inner];
  Axis high = {1, 0, 0};
  walk.ndim--;
  if (crosswise) {
    high = walk.axes[cross];
    for (size_t d = cross; d < walk.ndim - 1; d++) walk.axes[d] = walk.axes[d + 1];
    walk.ndim--;
  } else if (walk.ndim > 0) {
    high = walk.axes[--walk.ndim];
    if (low.length < kShortest && high.length > low.length) std::swap(low, high);
  }
  const Plane streamed = stream && !crosswise && !swap ? StreamFor(walk.itemsize, low) : nullptr;
  if (streamed != nullptr) plane = streamed;
  std::array<size_t, kMostDimensions + 1> at{};
  for (;;) {
    plane(walk.a, walk.b, walk.itemsize, high, low);
    size_t d = walk.ndim;
    for (; d > 0; d--) {
      const Axis& axis = walk.axes[d - 1];
      walk.a += axis.a;
      walk.b += axis.b;
      if (++at[d - 1] < axis.length) break;
      at[d - 1] = 0;
      walk.a -= axis.a * static_cast<ptrdiff_t>(axis.length);
      walk.b -= axis.b * static_cast<ptrdiff_t>(axis.length);
    }
    if (d == 0) return;
  }
}

struct Split {
  const PairWalk& walk;
  size_t axis;
  size_t parts;
  bool swap;
  bool stream;
};

}  // namespace

void CopyItems(const PairWalk& given, size_t swap, size_t most_threads) {
  PairWalk walk = given;
  if (swap > 1) walk.SplitItems(swap);
  walk.Simplify();
  const bool swaps = swap > 1;
  size_t longest = 0;
  for (size_t d = 1; d < walk.ndim; d++) {
    if (walk.axes[d].length > walk.axes[longest].length) longest = d;
  }
  // The outermost dimension of the target keeps the threads farthest apart.
  const size_t nbytes = walk.count() * walk.itemsize;
  const size_t parts = std::min(ThreadsFor(nbytes), most_threads);
  const size_t axis = walk.axes[0].length >= parts * kShortest ? 0 : longest;
  Split split{walk, axis, std::min(parts, walk.axes[axis].length), swaps, nbytes >= kStreamFrom};
  InParallel(
      split.parts,
      [](void* context, size_t part) {
        const Split& all = *static_cast<Split*>(context);
        PairWalk mine = all.walk;
        Axis& cut = mine.axes[all.axis];
        const size_t length = cut.length;
        // Cuts at multiples of 64 items leave whole cache lines to each.
        const size_t grain = length >= 1024 ? 64 : 1;
        const auto edge = [&](size_t i) {
          return i == all.parts ? length : length * i / all.parts / grain * grain;
        };
        const size_t from = edge(part);
        mine.a += cut.a * static_cast<ptrdiff_t>(from);
        mine.b += cut.b * static_cast<ptrdiff_t>(from);
        cut.length = edge(part + 1) - from;
        if (!all.swap) mine.JoinRuns();
        CopyPart(mine, all.swap, all.stream);
      },
      &split);
}

}  // namespace mv
