// Two layouts of one shape, simplified so that walking them is cheap.
//
// A walk owns nothing: it is a few integers and two pointers, made for one call on one thread. It
// changes the order of the items, so use it only if their order does not matter.
#ifndef MEMORYVIEW_CORE_PAIR_WALK_H_
#define MEMORYVIEW_CORE_PAIR_WALK_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace mv {

inline constexpr size_t kMaxDimensions = 64;

/// One dimension of both layouts: how many items, and the bytes from one to the next in each.
struct Axis {
  size_t length;
  ptrdiff_t a;
  ptrdiff_t b;
};

/// The dimensions of two layouts from the outermost to the innermost, and where their first items are.
struct PairWalk {
  size_t ndim = 0;
  size_t itemsize = 0;
  /// One more than a layout has: an item of several equal parts may become a dimension.
  std::array<Axis, kMaxDimensions + 1> axes;
  char* a = nullptr;
  const char* b = nullptr;

  const Axis& inner() const { return axes[ndim - 1]; }
  size_t count() const;
  /// Whether no byte of `a` belongs to two of its items.
  bool DistinctInA() const;
  /// Adds a dimension below the others; the items become parts of `size` bytes that lie side by side.
  void SplitItems(size_t size);
  /// Turns each dimension so that `a` goes upward, sorts by the strides of `a` and joins what both step
  /// through evenly. Dimensions of length 1 go. At least one dimension is left.
  void Simplify();
  /// Makes one run of bytes the item, where the innermost dimension has no gaps in either.
  void JoinRuns();
};

}  // namespace mv

#endif  // MEMORYVIEW_CORE_PAIR_WALK_H_
