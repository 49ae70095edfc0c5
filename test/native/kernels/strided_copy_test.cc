// Copies of random layouts, of transposed and of dense ones, at every length around the edges of blocks and
// vectors; large ones are split over threads and written past the caches.
#include "../../../native/core/kernels/strided_copy.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "check_copy.h"

namespace {

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
  mv::PairWalk walk;
  walk.ndim = 1;
  walk.itemsize = 8;
  walk.axes[0] = {125, 8, 8};
  walk.to = bytes.data();
  walk.from = bytes.data();
  CopyItems(walk, 8);
  EXPECT(bytes == wanted);
}

void TestStridedCopies(int) {
  CopiesReachEachItemAndNoOtherByte(1500);
  TransposedCopiesReachEachItem();
  TransposedCopiesInWholeBlocksReachEachItem();
  LargeTransposedCopiesReachEachItem();
  DenseCopiesReachEachItem();
  LargeCopiesAreTheSameInPieces();
  SwappingInPlaceIsACopyOntoItself();
}

const Suite suite("kernels/strided_copy", TestStridedCopies);

}  // namespace
