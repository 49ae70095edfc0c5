// Compares the items of two layouts of one shape by value.
//
// It reads the caller's memory and owns none: the caller keeps both sides alive for the call. The
// innermost dimension is one loop, chosen once per call by item size, rule of equality and byte order.
// Layouts that are contiguous along different axes are walked in blocks, so that each cache line is used
// up once. Large comparisons are split over up to four threads (parallel.h). They share one atomic
// result, stop at the first difference that one of them finds, and end before the call returns.
#include "compare.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "../parallel.h"

namespace mv {
namespace {

using Line = bool (*)(const char* ours, const char* theirs, size_t itemsize, size_t length,
                      ptrdiff_t our_step, ptrdiff_t their_step);

/// Items between two tests of the result: the compiler vectorizes a loop only if it has no early exit.
constexpr size_t kStretch = 256;

template <class Same, class Word, bool kSwapOurs, bool kSwapTheirs, bool kDense>
inline bool StepsEqual(const char* ours, const char* theirs, size_t length, ptrdiff_t our_step,
                       ptrdiff_t their_step) {
  if constexpr (kDense) our_step = their_step = sizeof(Word);
  for (size_t done = 0; done < length; done += kStretch) {
    const size_t end = std::min(done + kStretch, length);
    // As wide as the items, so that the loop needs no conversion.
    Word differ = 0;
    for (size_t i = done; i < end; i++) {
      const auto at = static_cast<ptrdiff_t>(i);
      differ |= static_cast<Word>(Same::Differ(LoadWord<Word, kSwapOurs>(ours + at * our_step),
                                               LoadWord<Word, kSwapTheirs>(theirs + at * their_step)));
    }
    if (differ != 0) return false;
  }
  return true;
}

template <class Same, class Word, bool kSwapOurs, bool kSwapTheirs>
bool LineEqual(const char* ours, const char* theirs, size_t, size_t length, ptrdiff_t our_step,
               ptrdiff_t their_step) {
  constexpr ptrdiff_t kStep = sizeof(Word);
  if (our_step == kStep && their_step == kStep) {
    return StepsEqual<Same, Word, kSwapOurs, kSwapTheirs, true>(ours, theirs, length, our_step, their_step);
  }
  return StepsEqual<Same, Word, kSwapOurs, kSwapTheirs, false>(ours, theirs, length, our_step, their_step);
}

/// Whether no item of a dense row is NaN. It tests four vectors at a time, since the compiler does not
/// vectorize a loop with an early exit.
template <class Float>
bool FreeOfNaN(const char* row, size_t length) {
  constexpr size_t kVector = 16;
  constexpr size_t kUnrolled = 4;
  constexpr size_t kItems = kUnrolled * kVector / sizeof(Float);
  using Vector __attribute__((vector_size(kVector))) = Float;
  size_t done = 0;
  for (; length - done >= kItems; done += kItems) {
    Vector x[kUnrolled];
    // SAFETY: so many items are left.
    std::memcpy(x, row + done * sizeof(Float), sizeof x);
    const auto is_nan = (x[0] != x[0]) | (x[1] != x[1]) | (x[2] != x[2]) | (x[3] != x[3]);
    uint64_t any[2];
    std::memcpy(any, &is_nan, sizeof any);
    if ((any[0] | any[1]) != 0) return false;
  }
  for (; done < length; done++) {
    Float x;
    std::memcpy(&x, row + done * sizeof(Float), sizeof x);
    if (x != x) return false;
  }
  return true;
}

/// Compares floats of the machine's own byte order. Equal dense rows are mostly equal byte for byte: memcmp
/// finds that at the speed of memory, and the test for NaN then reads from the cache.
template <class Float, class Word>
bool FloatsEqual(const char* ours, const char* theirs, size_t, size_t length, ptrdiff_t our_step,
                 ptrdiff_t their_step) {
  constexpr ptrdiff_t kStep = sizeof(Float);
  if (our_step != kStep || their_step != kStep)
    return LineEqual<SameFloat, Word, false, false>(ours, theirs, 0, length, our_step, their_step);
  constexpr size_t kPiece = 16 * 1024 / sizeof(Float);
  for (size_t done = 0; done < length; done += kPiece) {
    const size_t count = std::min(kPiece, length - done);
    const char* x = ours + done * sizeof(Float);
    const char* y = theirs + done * sizeof(Float);
    if (std::memcmp(x, y, count * sizeof(Float)) == 0 && FreeOfNaN<Float>(x, count)) continue;
    if (!LineEqual<SameFloat, Word, false, false>(x, y, 0, count, kStep, kStep)) return false;
  }
  return true;
}

bool RunsEqual(const char* ours, const char* theirs, size_t itemsize, size_t length, ptrdiff_t our_step,
               ptrdiff_t their_step) {
  for (size_t i = 0; i < length; i++, ours += our_step, theirs += their_step) {
    if (std::memcmp(ours, theirs, itemsize) != 0) return false;
  }
  return true;
}

template <class Same, class Word>
Line LineOf(bool swap_ours, bool swap_theirs) {
  if (swap_ours && swap_theirs) return LineEqual<Same, Word, true, true>;
  if (swap_ours) return LineEqual<Same, Word, true, false>;
  return swap_theirs ? LineEqual<Same, Word, false, true> : LineEqual<Same, Word, false, false>;
}

Line LineFor(size_t itemsize, Equality how, bool swap_ours, bool swap_theirs) {
  if (how == Equality::kTruth) return LineOf<SameTruth, uint8_t>(false, false);
  if (how == Equality::kFloat) {
    if (itemsize == 2) return LineOf<SameFloat, uint16_t>(swap_ours, swap_theirs);
    if (!swap_ours && !swap_theirs)
      return itemsize == 4 ? FloatsEqual<float, uint32_t> : FloatsEqual<double, uint64_t>;
    if (itemsize == 4) return LineOf<SameFloat, uint32_t>(swap_ours, swap_theirs);
    return LineOf<SameFloat, uint64_t>(swap_ours, swap_theirs);
  }
  switch (itemsize) {
    case 1:
      return LineOf<SameBytes, uint8_t>(false, false);
    case 2:
      return LineOf<SameBytes, uint16_t>(swap_ours, swap_theirs);
    case 4:
      return LineOf<SameBytes, uint32_t>(swap_ours, swap_theirs);
    case 8:
      return LineOf<SameBytes, uint64_t>(swap_ours, swap_theirs);
    default:
      return RunsEqual;
  }
}

/// Items along each side of a block when the two layouts are contiguous along different axes.
constexpr size_t kBlock = 32;

struct Comparison {
  PairWalk walk;
  Line line;
  size_t parts;
  std::atomic<bool> equal{true};
};

bool PlaneEqual(const PairWalk& walk, const char* ours, const char* theirs, Line line, const Axis& outer,
                const Axis& inner, size_t block) {
  for (size_t p = 0; p < inner.length; p += block) {
    const size_t width = std::min(block, inner.length - p);
    const char* at_ours = ours + static_cast<ptrdiff_t>(p) * inner.to;
    const char* at_theirs = theirs + static_cast<ptrdiff_t>(p) * inner.from;
    for (size_t q = 0; q < outer.length; q++, at_ours += outer.to, at_theirs += outer.from) {
      if (!line(at_ours, at_theirs, walk.itemsize, width, inner.to, inner.from)) return false;
    }
  }
  return true;
}

/// Compares one part, and stops when another part has found a difference.
bool PartEqual(PairWalk walk, Line line, const std::atomic<bool>& equal) {
  const Axis inner = walk.axes[--walk.ndim];
  Axis outer = {1, 0, 0};
  size_t block = inner.length;
  if (walk.ndim > 0) {
    outer = walk.axes[--walk.ndim];
    // Where theirs lies crosswise, its cache lines are used up before the next block.
    if (std::abs(inner.from) > std::abs(outer.from)) block = kBlock;
  }
  std::array<size_t, kMaxDimensions + 1> at{};
  const char* ours = walk.to;
  const char* theirs = walk.from;
  for (;;) {
    if (!equal.load(std::memory_order_relaxed)) return false;
    if (!PlaneEqual(walk, ours, theirs, line, outer, inner, block)) return false;
    size_t d = walk.ndim;
    for (; d > 0; d--) {
      const Axis& axis = walk.axes[d - 1];
      ours += axis.to;
      theirs += axis.from;
      if (++at[d - 1] < axis.length) break;
      at[d - 1] = 0;
      ours -= axis.to * static_cast<ptrdiff_t>(axis.length);
      theirs -= axis.from * static_cast<ptrdiff_t>(axis.length);
    }
    if (d == 0) return true;
  }
}

void ComparePart(void* context, size_t part) {
  auto& all = *static_cast<Comparison*>(context);
  PairWalk mine = all.walk;
  Axis& divided = mine.axes[0];
  const size_t first = divided.length * part / all.parts;
  const size_t end = divided.length * (part + 1) / all.parts;
  mine.to += divided.to * static_cast<ptrdiff_t>(first);
  mine.from += divided.from * static_cast<ptrdiff_t>(first);
  divided.length = end - first;
  if (!PartEqual(mine, all.line, all.equal)) all.equal.store(false, std::memory_order_relaxed);
}

}  // namespace

bool ItemsEqual(const PairWalk& given, size_t part, Equality how, bool swap_ours, bool swap_theirs) {
  PairWalk walk = given;
  walk.SplitItems(part);
  walk.Simplify();
  // If both sides are swapped, equal values have equal bytes.
  if (how == Equality::kBytes && swap_ours == swap_theirs) swap_ours = swap_theirs = false;
  const bool bytes = how == Equality::kBytes && !swap_ours && !swap_theirs;
  const size_t parts = std::min(ThreadsFor(walk.count() * walk.itemsize), walk.axes[0].length);
  if (bytes) {
    // Each run is one memcmp. A single run is cut into pieces, so that threads can share it.
    const size_t runs = walk.ndim;
    const size_t item = walk.itemsize;
    if (runs > 1) {
      walk.JoinRuns();
    } else if (walk.inner().to == static_cast<ptrdiff_t>(item) && walk.inner().from == walk.inner().to) {
      const size_t whole = item * walk.inner().length;
      constexpr size_t kPiece = 64 * 1024;
      if (whole <= kPiece || parts == 1) return std::memcmp(walk.to, walk.from, whole) == 0;
      const size_t rest = whole % kPiece;
      if (std::memcmp(walk.to + whole - rest, walk.from + whole - rest, rest) != 0) return false;
      walk.itemsize = kPiece;
      walk.axes[0] = {whole / kPiece, kPiece, kPiece};
    }
  }
  Comparison all{walk, LineFor(walk.itemsize, how, swap_ours, swap_theirs), parts};
  InParallel(parts, ComparePart, &all);
  return all.equal.load(std::memory_order_relaxed);
}

}  // namespace mv
