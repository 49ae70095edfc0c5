// Copies between items that lie side by side, such as the channels of pixels, and rows of one kind each.
#include "../../../native/core/kernels/copy_narrow.h"

#include <vector>

#include "check_copy.h"

namespace {

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

void TestNarrowCopies(int) { NarrowCopiesReachEachItem(); }

const Suite suite("kernels/copy_narrow", TestNarrowCopies);

}  // namespace
