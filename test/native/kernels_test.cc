// The kernels against loops that do one item at a time: random layouts in blocks of exactly their size, so
// that a sanitizer sees each byte too far, and large ones that are split over threads and written past the
// caches.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "../../native/core/kernels/compare.h"
#include "../../native/core/kernels/cpu.h"
#include "../../native/core/kernels/pair_walk.h"
#include "../../native/core/kernels/search.h"
#include "../../native/core/kernels/strided_copy.h"
#include "../../native/core/page_cache.h"
#include "../../native/core/parallel.h"
#include "expect.h"

namespace {

using mv::Axis;
using mv::Equality;
using mv::PairWalk;

std::mt19937 random_numbers(20250701);

size_t Below(size_t limit) { return random_numbers() % limit; }

// Random bytes, out of a block that is made once: a number for each byte took most of the time. The block's
// length is a prime, so that no two lines or pages have the same.
void FillWithRandomBytes(std::vector<char>& bytes) {
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

Side RandomSide(const std::vector<size_t>& shape, size_t itemsize, bool repeats) {
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

PairWalk WalkOf(const std::vector<size_t>& shape, size_t itemsize, Side& to, const Side& from) {
  PairWalk walk;
  walk.ndim = shape.size();
  walk.itemsize = itemsize;
  for (size_t d = 0; d < shape.size(); d++) walk.axes[d] = {shape[d], to.strides[d], from.strides[d]};
  walk.to = to.bytes.data() + to.first;
  walk.from = from.bytes.data() + from.first;
  return walk;
}

std::vector<size_t> RandomShape() {
  std::vector<size_t> shape(Below(5));
  const size_t most = shape.size() < 3 ? 70 : 12;
  for (size_t& length : shape) length = 1 + Below(most);
  return shape;
}

void CheckCopy(const std::vector<size_t>& shape, size_t itemsize, size_t swap, Side to, const Side& from) {
  Side wanted = to;
  EachPair(shape, to, from, [&](size_t to_at, size_t from_at) {
    if (swap == 1) {
      std::memcpy(&wanted.bytes[to_at], &from.bytes[from_at], itemsize);
      return;
    }
    for (size_t part = 0; part < itemsize; part += swap) {
      for (size_t i = 0; i < swap; i++) {
        wanted.bytes[to_at + part + i] = from.bytes[from_at + part + swap - 1 - i];
      }
    }
  });
  CopyItems(WalkOf(shape, itemsize, to, from), swap);
  EXPECT(to.bytes == wanted.bytes);
}

void CopiesReachEachItemAndNoOtherByte(size_t rounds) {
  constexpr size_t kSizes[] = {1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 40};
  for (size_t round = 0; round < rounds; round++) {
    const std::vector<size_t> shape = RandomShape();
    const size_t itemsize = kSizes[Below(std::size(kSizes))];
    size_t swap = size_t{1} << Below(4);
    if (itemsize % swap != 0) swap = 1;
    CheckCopy(shape, itemsize, swap, RandomSide(shape, itemsize, false), RandomSide(shape, itemsize, true));
  }
}

// The blocks of a transposed copy, at every length around their edges.
void TransposedCopiesReachEachItem() {
  std::vector<size_t> lengths;
  for (size_t length = 1; length <= 36; length++) lengths.push_back(length);
  for (const size_t length : {47, 48, 49, 63, 64, 65, 127, 128, 129, 145}) lengths.push_back(length);
  for (const size_t itemsize : {size_t{1}, size_t{2}, size_t{3}, size_t{4}, size_t{8}, size_t{16}}) {
    const auto size = static_cast<ptrdiff_t>(itemsize);
    for (const size_t rows : lengths) {
      for (const size_t columns : lengths) {
        Side target{
            {static_cast<ptrdiff_t>(columns) * size, size}, 0, std::vector<char>(rows * columns * itemsize)};
        Side source{{size, static_cast<ptrdiff_t>(rows) * size}, 0, target.bytes};
        FillWithRandomBytes(source.bytes);
        CheckCopy({rows, columns}, itemsize, 1, target, source);
        if (itemsize == 4) CheckCopy({rows, columns}, itemsize, 4, target, source);
      }
    }
  }
}

// A matrix and its transpose, with random items. The first byte of the target's rows lies at `place`.
void CheckTransposed(size_t rows, size_t columns, size_t itemsize, ptrdiff_t place, size_t swap) {
  const auto size = static_cast<ptrdiff_t>(itemsize);
  Side target{{static_cast<ptrdiff_t>(columns) * size, size},
              place,
              std::vector<char>(rows * columns * itemsize + 64)};
  Side source{{size, static_cast<ptrdiff_t>(rows) * size}, 0, target.bytes};
  FillWithRandomBytes(source.bytes);
  CheckCopy({rows, columns}, itemsize, swap, target, source);
}

// Whole blocks begin with a line: one of the places does, in one no item does, and in the others what is
// before the line is copied first.
constexpr ptrdiff_t kPlaces[] = {0, 16, 32, 48, 3};

void TransposedCopiesInWholeBlocksReachEachItem() {
  for (const size_t itemsize : {size_t{1}, size_t{2}}) {
    for (const size_t columns : {128, 192, 256, 320}) {
      for (const size_t rows : {63, 64, 65, 127, 128, 129, 256, 300}) {
        for (const ptrdiff_t place : kPlaces) CheckTransposed(rows, columns, itemsize, place, 1);
      }
    }
    // Rows that end before the line.
    for (const ptrdiff_t place : kPlaces) {
      const auto size = static_cast<ptrdiff_t>(itemsize);
      Side target{{64, size}, place, std::vector<char>(64 * 20 + 64)};
      Side source{{size, 20 * size}, 0, std::vector<char>(20 * 8 * itemsize)};
      FillWithRandomBytes(source.bytes);
      CheckCopy({20, 8}, itemsize, 1, target, source);
    }
  }
}

// The same, written past the caches.
void LargeTransposedCopiesReachEachItem() {
  for (const size_t itemsize : {size_t{1}, size_t{2}, size_t{4}, size_t{8}}) {
    for (const size_t columns : {size_t{1504}, size_t{1507}, size_t{1536}}) {
      const size_t rows = 8400000 / columns / itemsize + 1;
      for (const ptrdiff_t place : {0, 16, 24}) CheckTransposed(rows, columns, itemsize, place, 1);
      if (itemsize > 1) CheckTransposed(rows, columns, itemsize, 0, itemsize);
    }
  }
}

// Channels out of items that lie side by side, all of them at once, and back, at every length around the
// edges of a vector and of a block; the sides end with their last item.
void NarrowCopiesReachEachItem() {
  std::vector<size_t> lengths;
  for (size_t length = 1; length <= 70; length++) lengths.push_back(length);
  for (const size_t length : {511, 513, 1023, 1025, 4097, 16385}) lengths.push_back(length);
  constexpr size_t kBlock = 16 * 1024;  // as in copy_narrow.cc
  for (const size_t itemsize : {size_t{1}, size_t{2}, size_t{4}, size_t{8}}) {
    const auto size = static_cast<ptrdiff_t>(itemsize);
    for (size_t channels = 2; channels <= 5; channels++) {
      const auto pixel = static_cast<ptrdiff_t>(channels) * size;
      const size_t block = kBlock / (channels * itemsize);
      std::vector<size_t> around = lengths;
      for (const size_t length : {block - 1, block, block + 1, 2 * block, 2 * block + 1})
        around.push_back(length);
      for (const size_t length : around) {
        const size_t nbytes = length * channels * itemsize;
        const auto row = static_cast<ptrdiff_t>(length) * size;
        const auto random = [](size_t count) {
          std::vector<char> bytes(count);
          FillWithRandomBytes(bytes);
          return bytes;
        };
        // The last channel, so that nothing follows the last item.
        const ptrdiff_t last = pixel - size;
        const Side one{{pixel}, 0, random(nbytes - static_cast<size_t>(last))};
        CheckCopy({length}, itemsize, 1, Side{{size}, 0, random(length * itemsize)}, one);
        const Side pixels{{size, pixel}, 0, random(nbytes)};
        const Side rows{{row, size}, 0, random(nbytes)};
        CheckCopy({channels, length}, itemsize, 1, rows, pixels);
        CheckCopy({channels, length}, itemsize, 1, pixels, rows);
        CheckCopy({length}, itemsize, 1, one, Side{{size}, 0, random(length * itemsize)});
      }
    }
  }
}

// Rows that lie dense or repeat one item, in the machine's byte order and the other, at every length around
// the vectors, lines and pieces of the stores past the caches, and from any place in a line.
void DenseCopiesReachEachItem() {
  for (const size_t itemsize : {size_t{1}, size_t{2}, size_t{4}, size_t{8}, size_t{16}}) {
    const auto size = static_cast<ptrdiff_t>(itemsize);
    for (const size_t edge : {64, 128, 1024, 4096, 8192}) {
      for (const size_t more : {0, 1, 2}) {
        const size_t length = edge / itemsize + more - 1;
        // A gap after each row keeps the two from being one run.
        const ptrdiff_t row = static_cast<ptrdiff_t>(length) * size + 5;
        for (const ptrdiff_t place : {0, 1, 16, 33}) {
          Side target{{row, size}, place, {}};
          target.bytes.resize(2 * static_cast<size_t>(row) + static_cast<size_t>(place));
          FillWithRandomBytes(target.bytes);
          Side dense = target;
          FillWithRandomBytes(dense.bytes);
          const Side repeated{{row, 0}, place, dense.bytes};
          for (const size_t swap : {size_t{1}, itemsize}) {
            if (swap > 8) continue;
            CheckCopy({2, length}, itemsize, swap, target, dense);
            CheckCopy({2, length}, itemsize, swap, target, repeated);
          }
        }
      }
    }
  }
}

void LargeCopiesAreTheSameInPieces() {
  const std::vector<size_t> shape{3, 1030, 517};
  for (const size_t itemsize : {size_t{1}, size_t{8}, size_t{16}}) {
    for (int round = 0; round < 4; round++) {
      CheckCopy(shape, itemsize, 1, RandomSide(shape, itemsize, false), RandomSide(shape, itemsize, true));
    }
  }
  const std::vector<size_t> run{(20 << 20) / 8 + 3};
  Side odd{{8}, 0, std::vector<char>(run[0] * 8)};
  Side item{{0}, 0, std::vector<char>{1, 2, 3, 4, 5, 6, 7, 8}};
  CheckCopy(run, 8, 1, odd, item);
  CheckCopy(run, 8, 8, odd, item);
  Side source = odd;
  FillWithRandomBytes(source.bytes);
  CheckCopy(run, 8, 1, odd, source);
  for (const size_t swap : {size_t{2}, size_t{4}, size_t{8}}) CheckCopy(run, 8, swap, odd, source);
}

void SwappingInPlaceIsACopyOntoItself() {
  std::vector<char> bytes(1000);
  for (size_t i = 0; i < bytes.size(); i++) bytes[i] = static_cast<char>(i);
  std::vector<char> wanted = bytes;
  for (size_t at = 0; at < wanted.size(); at += 8) std::reverse(&wanted[at], &wanted[at] + 8);
  PairWalk walk;
  walk.ndim = 1;
  walk.itemsize = 8;
  walk.axes[0] = {125, 8, 8};
  walk.to = bytes.data();
  walk.from = bytes.data();
  CopyItems(walk, 8);
  EXPECT(bytes == wanted);
}

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

template <class Item>
void CheckSearch(Equality how, bool swap) {
  for (int round = 0; round < 60; round++) {
    const size_t length = 1 + Below(2000);
    const size_t step = sizeof(Item) + (Below(2) == 0 ? 0 : Below(9));
    std::vector<char> bytes((length - 1) * step + sizeof(Item), 0);
    Item wanted = static_cast<Item>(7);
    std::vector<char> stored(sizeof wanted);
    std::memcpy(stored.data(), &wanted, sizeof wanted);
    if (swap) std::reverse(stored.begin(), stored.end());
    size_t first = mv::kNotFound;
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
      if (Below(500) != 0) continue;
      std::copy(stored.begin(), stored.end(), bytes.begin() + static_cast<ptrdiff_t>(i * step));
      if (first == mv::kNotFound) first = i;
      count++;
    }
    const mv::Row row{bytes.data(), sizeof(Item), length, static_cast<ptrdiff_t>(step)};
    EXPECT(FindItem(row, stored.data(), how, swap) == first);
    EXPECT(CountItems(row, stored.data(), how, swap) == count);
    const mv::Row back{bytes.data() + (length - 1) * step, sizeof(Item), length,
                       -static_cast<ptrdiff_t>(step)};
    EXPECT(CountItems(back, stored.data(), how, swap) == count);
  }
}

void SearchFindsTheFirstAndCountsAll() {
  CheckSearch<uint8_t>(Equality::kBytes, false);
  CheckSearch<uint16_t>(Equality::kBytes, true);
  CheckSearch<uint32_t>(Equality::kBytes, false);
  CheckSearch<uint64_t>(Equality::kBytes, true);
  CheckSearch<uint16_t>(Equality::kFloat, true);
  CheckSearch<float>(Equality::kFloat, false);
  CheckSearch<float>(Equality::kFloat, true);
  CheckSearch<double>(Equality::kFloat, false);
  CheckSearch<double>(Equality::kFloat, true);
  CheckSearch<uint8_t>(Equality::kTruth, false);
  // More equal items than a byte counts.
  const std::vector<uint8_t> same(100000, 5);
  const mv::Row row{reinterpret_cast<const char*>(same.data()), 1, same.size(), 1};
  EXPECT(CountItems(row, row.first, Equality::kBytes, false) == same.size());
  const mv::Row triples{reinterpret_cast<const char*>(same.data()), 3, same.size() / 3, 3};
  EXPECT(CountItems(triples, triples.first, Equality::kBytes, false) == same.size() / 3);
  const double zero = -0.0;
  const std::vector<double> zeros(10, 0.0);
  const mv::Row doubles{reinterpret_cast<const char*>(zeros.data()), 8, 10, 8};
  EXPECT(FindItem(doubles, reinterpret_cast<const char*>(&zero), Equality::kFloat, false) == 0);
}

// The first and the last of equal items, at every length around the stretches of a find and the items that a
// lane counts.
template <class Item>
void CheckSearchedEdges() {
  constexpr size_t kLanes = 16 / sizeof(Item);
  const Item wanted = 7;
  const auto* value = reinterpret_cast<const char*>(&wanted);
  for (const size_t edge : {kLanes, size_t{256}, size_t{512}, 255 * kLanes, 510 * kLanes}) {
    for (const size_t more : {0, 1, 2}) {
      const size_t length = edge + more - 1;
      std::vector<Item> items(length, wanted);
      const mv::Row row{reinterpret_cast<const char*>(items.data()), sizeof(Item), length, sizeof(Item)};
      EXPECT(CountItems(row, value, Equality::kBytes, false) == length);
      for (size_t i = 0; i + 1 < length; i++) items[i] = 0;
      EXPECT(FindItem(row, value, Equality::kBytes, false) == length - 1);
      EXPECT(CountItems(row, value, Equality::kBytes, false) == 1);
    }
  }
}

/// Every special value among every other, in both byte orders, in rows that lie dense and not.
template <class Word>
void CheckFloatSearch(std::vector<Word> values, Word infinity) {
  constexpr auto sign = static_cast<Word>(Word{1} << (8 * sizeof(Word) - 1));
  for (const Word value : std::vector<Word>(values)) values.push_back(static_cast<Word>(value | sign));
  const auto is_nan = [&](Word word) {
    return static_cast<Word>(word & static_cast<Word>(~sign)) > infinity;
  };
  const auto is_zero = [&](Word word) { return static_cast<Word>(word & static_cast<Word>(~sign)) == 0; };
  for (const bool swap : {false, true}) {
    for (const size_t step : {sizeof(Word), 3 * sizeof(Word)}) {
      constexpr size_t kLength = 1000;
      std::vector<char> bytes(kLength * step, 1);
      for (size_t i = 0; i < kLength; i++) {
        const Word word = values[i % values.size()];
        std::memcpy(bytes.data() + i * step, &word, sizeof word);
        if (swap) std::reverse(bytes.data() + i * step, bytes.data() + i * step + sizeof word);
      }
      const mv::Row row{bytes.data(), sizeof(Word), kLength, static_cast<ptrdiff_t>(step)};
      for (const Word wanted : values) {
        size_t first = mv::kNotFound;
        size_t count = 0;
        for (size_t i = 0; i < kLength; i++) {
          const Word word = values[i % values.size()];
          if (is_nan(word) || !(word == wanted || (is_zero(word) && is_zero(wanted)))) continue;
          if (count++ == 0) first = i;
        }
        Word stored = wanted;
        if (swap) std::reverse(reinterpret_cast<char*>(&stored), reinterpret_cast<char*>(&stored + 1));
        EXPECT(FindItem(row, reinterpret_cast<const char*>(&stored), Equality::kFloat, swap) == first);
        EXPECT(CountItems(row, reinterpret_cast<const char*>(&stored), Equality::kFloat, swap) == count);
      }
    }
  }
}

void FloatsAreFoundAsIeeeComparesThem() {
  CheckFloatSearch<uint16_t>({0, 1, 0x3C00, 0x7BFF, 0x7C00, 0x7C01, 0x7E00}, 0x7C00);
  CheckFloatSearch<uint32_t>({0, 1, 0x3F800000, 0x7F7FFFFF, 0x7F800000, 0x7F800001, 0x7FC00000}, 0x7F800000);
  constexpr uint64_t kInfinity = 0x7FF0000000000000;
  CheckFloatSearch<uint64_t>(
      {0, 1, 0x3FF0000000000000, kInfinity - 1, kInfinity, kInfinity + 1, 0x7FF8000000000000}, kInfinity);
}

template <class Item>
void CheckLargeSearch(Equality how, size_t step) {
  constexpr size_t kMiB = 1 << 20;
  const size_t length = 7 * kMiB / step + 3;
  std::vector<char> bytes(length * step, 0);
  const Item wanted = static_cast<Item>(7);
  const auto* value = reinterpret_cast<const char*>(&wanted);
  const mv::Row row{bytes.data(), sizeof(Item), length, static_cast<ptrdiff_t>(step)};
  EXPECT(FindItem(row, value, how, false) == mv::kNotFound);
  EXPECT(CountItems(row, value, how, false) == 0);
  // From the last to the first, so that each find has others after it; on both sides of where the work is
  // cut.
  size_t count = 0;
  for (size_t quarter = 28; quarter-- > 0;) {
    for (size_t side = 2; side-- > 0;) {
      const size_t at = std::min(length - 1, (quarter * kMiB / 4 + step - 1) / step + side);
      std::memcpy(bytes.data() + at * step, value, sizeof wanted);
      count++;
      EXPECT(FindItem(row, value, how, false) == at);
    }
  }
  EXPECT(CountItems(row, value, how, false) == count);
}

void LargeRowsAreSearchedOnSeveralThreads() {
  CheckLargeSearch<uint8_t>(Equality::kBytes, 1);
  CheckLargeSearch<uint8_t>(Equality::kBytes, 3);
  CheckLargeSearch<double>(Equality::kFloat, 8);
  CheckLargeSearch<double>(Equality::kFloat, 4096);
  // All that a view repeats, many times over.
  const uint64_t item = 9;
  const mv::Row broadcast{reinterpret_cast<const char*>(&item), 8, size_t{1} << 24, 0};
  EXPECT(CountItems(broadcast, broadcast.first, Equality::kBytes, false) == broadcast.length);
}

void PagesMoveOutOfReachBeforeTheyAreUsedAgain() {
  mv::DropKeptPages();
  const mv::Pages pages = mv::MapPages(1 << 20, 4096);
  auto* old = static_cast<char*>(pages.base);
  std::memset(old, 5, pages.nbytes);
  if (!mv::KeepPages(pages)) {
    std::puts("native/core: this system can't move pages; their cache was not tested");
    return;
  }
  EXPECT(old[0] == 0 && old[pages.nbytes - 1] == 0);
  old[1] = 9;  // a late write through a stale address
  EXPECT(mv::TakeKeptPages(pages.nbytes / 2).base == nullptr);
  const mv::Pages taken = mv::TakeKeptPages(pages.nbytes);
  const auto* content = static_cast<const char*>(taken.base);
  EXPECT(content != nullptr && content != old && content[0] == 5 && content[1] == 5);
  EXPECT(mv::TakeKeptPages(pages.nbytes).base == nullptr);
  mv::UnmapPages(taken);
  mv::UnmapPages(pages);

  // The room is bounded, the oldest leave it first, and it can be emptied.
  const auto keep = [](size_t nbytes, char mark) {
    const mv::Pages more = mv::MapPages(nbytes, 4096);
    static_cast<char*>(more.base)[0] = mark;
    EXPECT(mv::KeepPages(more));
    mv::UnmapPages(more);
  };
  constexpr char kRoom = mv::kMaxKept >> 20;
  for (char i = 0; i < kRoom + 20; i++) keep(1 << 20, i);
  for (char i = kRoom + 19; i >= 20; i--) {
    const mv::Pages more = mv::TakeKeptPages(1 << 20);
    EXPECT(more.base != nullptr && static_cast<char*>(more.base)[0] == i);
    mv::UnmapPages(more);
  }
  EXPECT(mv::TakeKeptPages(1 << 20).base == nullptr);
  for (char i = 0; i < kRoom; i++) keep(1 << 20, i);
  keep(mv::kLargestKept, 99);
  const mv::Pages other = mv::TakeKeptPages(mv::kLargestKept);
  EXPECT(other.base != nullptr && static_cast<char*>(other.base)[0] == 99);
  mv::UnmapPages(other);
  EXPECT(mv::DropKeptPages() == mv::kMaxKept - mv::kLargestKept && mv::DropKeptPages() == 0);
  const mv::Pages large = mv::MapPages(mv::kLargestKept + 4096, 4096);
  EXPECT(!mv::KeepPages(large));
  mv::UnmapPages(large);
}

// run.sh runs these tests once more with MEMORYVIEW_CPU=baseline.
void TheEnvironmentForcesTheCodeForOlderProcessors() {
  const char* level = std::getenv("MEMORYVIEW_CPU");
  if (level != nullptr && std::strcmp(level, "baseline") == 0) EXPECT(!mv::HasShuffles());
}

void TestKernels(int) {
  TheEnvironmentForcesTheCodeForOlderProcessors();
  PagesMoveOutOfReachBeforeTheyAreUsedAgain();
  CopiesReachEachItemAndNoOtherByte(1500);
  TransposedCopiesReachEachItem();
  TransposedCopiesInWholeBlocksReachEachItem();
  LargeTransposedCopiesReachEachItem();
  NarrowCopiesReachEachItem();
  DenseCopiesReachEachItem();
  LargeCopiesAreTheSameInPieces();
  SwappingInPlaceIsACopyOntoItself();
  ItemsThatShareBytesAreSeen();
  EqualityFollowsTheBytesOrIeee();
  CheckComparedEdges<float>();
  CheckComparedEdges<double>();
  LargeComparisonsAreTheSameInPieces();
  SearchFindsTheFirstAndCountsAll();
  CheckSearchedEdges<uint8_t>();
  CheckSearchedEdges<uint16_t>();
  CheckSearchedEdges<uint32_t>();
  CheckSearchedEdges<uint64_t>();
  FloatsAreFoundAsIeeeComparesThem();
  LargeRowsAreSearchedOnSeveralThreads();
}

const Suite suite("kernels", TestKernels);

}  // namespace
