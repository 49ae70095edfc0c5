// Two layouts of one shape, simplified so that walking them is cheap.
//
// A copy reads `from` and writes `to`. A comparison writes nothing: `to` is ours there, and `from` theirs. A
// walk owns nothing: it is a few integers and two pointers, made for one call on one thread. It changes the
// order of the items, so use it only if their order does not matter.
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
  ptrdiff_t to;
  ptrdiff_t from;
};

/// The dimensions of two layouts from the outermost to the innermost, and where their first items are.
struct PairWalk {
  size_t ndim = 0;
  size_t itemsize = 0;
  /// One more than a layout has: an item of several equal parts may become a dimension.
  std::array<Axis, kMaxDimensions + 1> axes;
  char* to = nullptr;
  const char* from = nullptr;

  const Axis& inner() const { return axes[ndim - 1]; }
  size_t count() const;
  /// Whether no byte of the target belongs to two of its items; of a simplified walk.
  bool HasDistinctTarget() const;
  /// Adds a dimension below the others; the items become parts of `size` bytes that lie side by side.
  void SplitItems(size_t size);
  /// Turns each dimension so that the strides of `to` are not negative, sorts the dimensions by them, and
  /// joins neighbours that both sides step through evenly. Drops dimensions of length 1, but leaves at least
  /// one.
  void Simplify();
  /// Makes each run of bytes one item, where the innermost dimension has no gaps on either side.
  void JoinRuns();
};

}  // namespace mv

#endif  // MEMORYVIEW_CORE_PAIR_WALK_H_
