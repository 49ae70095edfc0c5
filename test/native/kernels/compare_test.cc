// Comparisons of bytes and of floats: random layouts, one difference at every edge of a loop, and large ones
// that are split over threads.
#include "../../../native/core/kernels/compare.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "layouts.h"

namespace {

using mv::Equality;
using mv::PairWalk;

void EqualityFollowsTheBytesOrIeee() {
  for (int round = 0; round < 400; round++) {
    const std::vector<size_t> shape = RandomShape();
    const size_t itemsize = size_t{1} << Below(4);
    Side ours = RandomSide(shape, itemsize, false);
    Side theirs = RandomSide(shape, itemsize, false);
    const bool swap = itemsize > 1 && Below(2) == 0;
    EachPair(shape, ours, theirs, [&](size_t our_at, size_t their_at) {
      std::copy_n(&ours.bytes[our_at], itemsize, &theirs.bytes[their_at]);
      if (swap) std::reverse(&theirs.bytes[their_at], &theirs.bytes[their_at] + itemsize);
    });
    EXPECT(ItemsEqual(WalkOf(shape, itemsize, ours, theirs), itemsize, Equality::kBytes, false, swap));
    EXPECT(ItemsEqual(WalkOf(shape, itemsize, ours, theirs), itemsize, Equality::kBytes, swap, false));
    // One changed byte of one item is seen; a byte between items is not.
    std::vector<size_t> items;
    EachPair(shape, ours, theirs, [&](size_t, size_t their_at) { items.push_back(their_at); });
    theirs.bytes[items[Below(items.size())] + Below(itemsize)] ^= 1;
    EXPECT(!ItemsEqual(WalkOf(shape, itemsize, ours, theirs), itemsize, Equality::kBytes, false, swap));
  }

  const auto equal = [](auto x, auto y, Equality how) {
    std::vector<decltype(x)> xs(600, x);
    std::vector<decltype(x)> ys(600, x);
    ys[599] = y;
    xs[599] = x;
    PairWalk walk;
    walk.ndim = 1;
    walk.itemsize = sizeof x;
    walk.axes[0] = {600, sizeof x, sizeof x};
    walk.to = reinterpret_cast<char*>(xs.data());
    walk.from = reinterpret_cast<const char*>(ys.data());
    return ItemsEqual(walk, sizeof x, how, false, false);
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT(equal(0.0, -0.0, Equality::kFloat) && !equal(0.0, -0.0, Equality::kBytes));
  EXPECT(!equal(nan, nan, Equality::kFloat) && equal(nan, nan, Equality::kBytes));
  EXPECT(equal(0.0F, -0.0F, Equality::kFloat) && !equal(1.0F, 1.5F, Equality::kFloat));
  EXPECT(equal(uint16_t{0x8000}, uint16_t{0}, Equality::kFloat));
  EXPECT(equal(uint16_t{0x7C00}, uint16_t{0x7C00}, Equality::kFloat));
  EXPECT(!equal(uint16_t{0x7C01}, uint16_t{0x7C01}, Equality::kFloat));
  EXPECT(!equal(uint16_t{0x3C00}, uint16_t{0xBC00}, Equality::kFloat));
  EXPECT(equal(uint8_t{1}, uint8_t{255}, Equality::kTruth) &&
         !equal(uint8_t{0}, uint8_t{1}, Equality::kTruth));
}

// One difference, or one NaN, in the first item, in the last, and on both sides of each place where a loop
// starts over.
template <class Float>
void CheckComparedEdges() {
  for (const size_t edge : {32, 64, 256, 512, 2048, 4096}) {
    for (const size_t more : {0, 1, 2}) {
      const size_t length = edge + more - 1;
      std::vector<Float> ours(length, 1);
      std::vector<Float> theirs = ours;
      const auto equal = [&](Equality how, size_t item) {
        PairWalk walk;
        walk.ndim = 1;
        walk.itemsize = sizeof(Float);
        const auto step = static_cast<ptrdiff_t>(item * sizeof(Float));
        walk.axes[0] = {length / item, step, step};
        walk.to = reinterpret_cast<char*>(ours.data());
        walk.from = reinterpret_cast<const char*>(theirs.data());
        return ItemsEqual(walk, sizeof(Float), how, false, false);
      };
      for (const Equality how : {Equality::kBytes, Equality::kFloat}) EXPECT(equal(how, 1) && equal(how, 3));
      for (const size_t at : {size_t{0}, edge / 2 - 1, edge / 2, edge - 2, length - 1}) {
        theirs[at] = 2;
        for (const Equality how : {Equality::kBytes, Equality::kFloat}) {
          EXPECT(!equal(how, 1));
          EXPECT(equal(how, 3) == (at % 3 != 0 || at / 3 >= length / 3));
        }
        ours[at] = theirs[at] = std::numeric_limits<Float>::quiet_NaN();
        EXPECT(equal(Equality::kBytes, 1) && !equal(Equality::kFloat, 1));
        ours[at] = theirs[at] = 1;
      }
    }
  }
}

void LargeComparisonsAreTheSameInPieces() {
  std::vector<char> ours((12 << 20) + 77, 3);
  std::vector<char> theirs = ours;
  const auto equal = [&](size_t itemsize, Equality how) {
    PairWalk walk;
    walk.ndim = 1;
    walk.itemsize = itemsize;
    const auto step = static_cast<ptrdiff_t>(itemsize);
    walk.axes[0] = {ours.size() / itemsize, step, step};
    walk.to = ours.data();
    walk.from = theirs.data();
    return ItemsEqual(walk, itemsize, how, false, false);
  };
  EXPECT(equal(1, Equality::kBytes) && equal(8, Equality::kFloat));
  for (const size_t at : {size_t{0}, ours.size() / 2, ours.size() - 1}) {
    theirs[at] = 4;
    EXPECT(!equal(1, Equality::kBytes));
    EXPECT(equal(8, Equality::kFloat) == (at >= ours.size() / 8 * 8));
    theirs[at] = 3;
  }
}

void TestComparisons(int) {
  EqualityFollowsTheBytesOrIeee();
  CheckComparedEdges<float>();
  CheckComparedEdges<double>();
  LargeComparisonsAreTheSameInPieces();
}

const Suite suite("kernels/compare", TestComparisons);

}  // namespace
