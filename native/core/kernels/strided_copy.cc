// Copies items between two layouts of one shape, with a loop that fits how both lie.
//
// It owns no memory: the caller keeps both sides alive, and no other thread may write them during the
// call. A copy walks the outer dimensions itself and gives the two inner ones to a plane function,
// chosen once for each part: by lines, in blocks if the sides are contiguous along different axes
// (copy_crosswise.h), for two to four interleaved items (copy_narrow.h), or past the caches for large
// copies (copy_streamed.h). Large copies are split over up to four threads (parallel.h), which end
// before the call returns.
#include "strided_copy.h"

#include <algorithm>
#include <cstdlib>

#include "copy_crosswise.h"
#include "copy_lines.h"
#include "copy_narrow.h"
#include "copy_streamed.h"
#include "stream_limits.h"

namespace mv {
namespace {

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

/// The dimension that the source steps through in the smallest steps.
size_t InnerOfSource(const PairWalk& walk) {
  size_t found = walk.ndim - 1;
  for (size_t d = walk.ndim; d-- > 0;) {
    const ptrdiff_t step = std::abs(walk.axes[d].from);
    if (step != 0 && step < std::abs(walk.axes[found].from)) found = d;
  }
  return found;
}

constexpr size_t kShortest = 8;
constexpr size_t kShortestStream = 1024;

/// The plane that writes past the caches if the sides are contiguous along different axes. Null for item
/// sizes whose blocks don't fill whole cache lines.
Plane StreamCrosswiseFor(size_t itemsize) {
  if (itemsize == 1) return CopyCrosswise<1, false, true>;
  if (itemsize == 2) return CopyCrosswise<2, false, true>;
  if (itemsize == 4) return CopyCrosswise<4, false, true>;
  return itemsize == 8 ? CopyCrosswise<8, false, true> : nullptr;
}

Plane StreamSwappedFor(size_t itemsize) {
  if (itemsize == 2) return StreamSwapped<2>;
  return itemsize == 4 ? StreamSwapped<4> : StreamSwapped<8>;
}

/// The plane that writes past the caches if items are adjacent in the target. Null if they are not adjacent,
/// or few.
Plane StreamFor(size_t itemsize, bool swap, const Axis& inner) {
  if (!swap && itemsize >= kShortestStream) return CopyRuns<true>;
  if (inner.to != static_cast<ptrdiff_t>(itemsize) || inner.length * itemsize < kShortestStream)
    return nullptr;
  if (swap) return StreamSwappedFor(itemsize);
  return inner.from == 0 && 16 % itemsize == 0 ? StreamFills : nullptr;
}

/// `nbytes` is the size of the whole copy, of which this is a part.
void CopyPart(PairWalk walk, bool swap, size_t nbytes) {
  // A source that repeats items, or steps along the same axis as the target, is walked in the target's order.
  // Otherwise both are walked in blocks.
  const size_t inner = walk.ndim - 1;
  const size_t cross = InnerOfSource(walk);
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
  const Plane narrow = swap || crosswise ? nullptr : NarrowFor(walk.itemsize, high, low);
  if (narrow != nullptr) plane = narrow;
  Plane streamed = nullptr;
  const size_t limit = crosswise       ? LimitsOfStreams().crosswise
                       : low.from == 0 ? LimitsOfStreams().repeated
                                       : LimitsOfStreams().runs;
  // A swap in place has its target in the cache when it writes.
  if (nbytes >= limit && narrow == nullptr && walk.to != walk.from) {
    streamed = !crosswise ? StreamFor(walk.itemsize, swap, low)
               : swap     ? nullptr
                          : StreamCrosswiseFor(walk.itemsize);
  }
  if (streamed != nullptr) plane = streamed;
  std::array<size_t, kMaxDimensions + 1> at{};
  for (;;) {
    plane(walk.to, walk.from, walk.itemsize, high, low);
    size_t d = walk.ndim;
    for (; d > 0; d--) {
      const Axis& axis = walk.axes[d - 1];
      walk.to += axis.to;
      walk.from += axis.from;
      if (++at[d - 1] < axis.length) break;
      at[d - 1] = 0;
      walk.to -= axis.to * static_cast<ptrdiff_t>(axis.length);
      walk.from -= axis.from * static_cast<ptrdiff_t>(axis.length);
    }
    if (d == 0) return;
  }
}

struct Split {
  const PairWalk& walk;
  size_t axis;
  size_t parts;
  bool swap;
  size_t nbytes;
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
  // A split along the target's outermost dimension keeps the threads farthest apart.
  const size_t nbytes = walk.count() * walk.itemsize;
  const size_t parts = std::min(ThreadsFor(nbytes), most_threads);
  const size_t axis = walk.axes[0].length >= parts * kShortest ? 0 : longest;
  Split split{walk, axis, std::min(parts, walk.axes[axis].length), swaps, nbytes};
  InParallel(
      split.parts,
      [](void* context, size_t part) {
        const Split& all = *static_cast<Split*>(context);
        PairWalk mine = all.walk;
        Axis& divided = mine.axes[all.axis];
        const size_t length = divided.length;
        // Cuts at multiples of 64 items give whole cache lines to each thread.
        const size_t grain = length >= 1024 ? 64 : 1;
        const auto edge = [&](size_t i) {
          return i == all.parts ? length : length * i / all.parts / grain * grain;
        };
        const size_t first = edge(part);
        mine.to += divided.to * static_cast<ptrdiff_t>(first);
        mine.from += divided.from * static_cast<ptrdiff_t>(first);
        divided.length = edge(part + 1) - first;
        if (!all.swap) mine.JoinRuns();
        CopyPart(mine, all.swap, all.nbytes);
      },
      &split);
}

}  // namespace mv
