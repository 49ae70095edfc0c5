// Random layouts in blocks of exactly their size, so that a sanitizer sees each byte too far, and the loop
// over their items that the kernels are held to.
#ifndef MEMORYVIEW_TEST_KERNELS_LAYOUTS_H_
#define MEMORYVIEW_TEST_KERNELS_LAYOUTS_H_

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "../../../native/core/kernels/pair_walk.h"
#include "../expect.h"

inline std::mt19937 random_numbers(20250701);

inline size_t Below(size_t limit) { return random_numbers() % limit; }

// Random bytes, out of a block that is made once: a number for each byte took most of the time. The block's
// length is a prime, so that no two lines or pages have the same.
inline void FillWithRandomBytes(std::vector<char>& bytes) {
  static const std::vector<char> block = [] {
    std::vector<char> made(1048573);
    for (char& byte : made) byte = static_cast<char>(random_numbers());
    return made;
  }();
  size_t from = Below(block.size());
  for (size_t at = 0; at < bytes.size(); from = 0) {
    const size_t count = std::min(bytes.size() - at, block.size() - from);
    std::memcpy(&bytes[at], &block[from], count);
    at += count;
  }
}

// One side: strides in a random order of the axes, with gaps and directions, over just as many bytes as it
// reaches.
struct Side {
  std::vector<ptrdiff_t> strides;
  ptrdiff_t first = 0;
  std::vector<char> bytes;
};

inline Side RandomSide(const std::vector<size_t>& shape, size_t itemsize, bool repeats) {
  std::vector<size_t> order(shape.size());
  for (size_t d = 0; d < order.size(); d++) order[d] = d;
  std::shuffle(order.begin(), order.end(), random_numbers);
  Side side;
  side.strides.resize(shape.size());
  auto step = static_cast<ptrdiff_t>(itemsize);
  ptrdiff_t reach = 0;
  for (const size_t d : order) {
    if (repeats && Below(4) == 0) continue;  // stride 0
    if (Below(3) == 0) step += static_cast<ptrdiff_t>(Below(3) * itemsize + Below(2));
    side.strides[d] = step;
    const ptrdiff_t all = step * static_cast<ptrdiff_t>(shape[d] - 1);
    reach += all;
    step = std::max(step * static_cast<ptrdiff_t>(shape[d]), all + static_cast<ptrdiff_t>(itemsize));
    if (Below(4) == 0) {
      side.strides[d] = -side.strides[d];
      side.first += all;
    }
  }
  side.bytes.resize(static_cast<size_t>(reach) + itemsize);
  FillWithRandomBytes(side.bytes);
  return side;
}

// Calls `visit` with the offsets of each pair of items.
template <class Visit>
void EachPair(const std::vector<size_t>& shape, const Side& to, const Side& from, Visit visit) {
  std::vector<size_t> at(shape.size());
  for (;;) {
    ptrdiff_t to_at = to.first;
    ptrdiff_t from_at = from.first;
    for (size_t d = 0; d < shape.size(); d++) {
      to_at += to.strides[d] * static_cast<ptrdiff_t>(at[d]);
      from_at += from.strides[d] * static_cast<ptrdiff_t>(at[d]);
    }
    visit(static_cast<size_t>(to_at), static_cast<size_t>(from_at));
    size_t d = shape.size();
    for (; d > 0; d--) {
      if (++at[d - 1] < shape[d - 1]) break;
      at[d - 1] = 0;
    }
    if (d == 0) return;
  }
}

inline mv::PairWalk WalkOf(const std::vector<size_t>& shape, size_t itemsize, Side& to, const Side& from) {
  mv::PairWalk walk;
  walk.ndim = shape.size();
  walk.itemsize = itemsize;
  for (size_t d = 0; d < shape.size(); d++) walk.axes[d] = {shape[d], to.strides[d], from.strides[d]};
  walk.to = to.bytes.data() + to.first;
  walk.from = from.bytes.data() + from.first;
  return walk;
}

inline std::vector<size_t> RandomShape() {
  std::vector<size_t> shape(Below(5));
  const size_t most = shape.size() < 3 ? 70 : 12;
  for (size_t& length : shape) length = 1 + Below(most);
  return shape;
}

#endif  // MEMORYVIEW_TEST_KERNELS_LAYOUTS_H_
