// Which layouts give two items one byte.
#include "../../../native/core/kernels/pair_walk.h"

#include <algorithm>
#include <vector>

#include "layouts.h"

namespace {

using mv::Axis;
using mv::PairWalk;

void ItemsThatShareBytesAreSeen() {
  std::vector<char> bytes(1000);
  const auto distinct = [&](std::vector<Axis> axes, size_t itemsize) {
    PairWalk walk;
    walk.to = bytes.data() + 500;
    walk.from = bytes.data() + 500;
    walk.ndim = axes.size();
    walk.itemsize = itemsize;
    std::copy(axes.begin(), axes.end(), walk.axes.begin());
    walk.Simplify();
    return walk.HasDistinctTarget();
  };
  EXPECT(distinct({}, 8));
  EXPECT(distinct({{4, 8, 8}}, 8));
  EXPECT(distinct({{4, -8, 8}}, 8));
  EXPECT(!distinct({{4, 4, 8}}, 8));
  EXPECT(!distinct({{4, 0, 8}}, 8));
  EXPECT(distinct({{1, 0, 8}, {3, 8, 8}}, 8));
  EXPECT(!distinct({{3, 8, 8}, {5, 8, 8}}, 8));
  EXPECT(distinct({{3, 8, 8}, {5, 24, 8}}, 8));
}

void TestPairWalk(int) { ItemsThatShareBytesAreSeen(); }

const Suite suite("kernels/pair_walk", TestPairWalk);

}  // namespace
