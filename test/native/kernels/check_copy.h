// A copy held to a loop that copies one item at a time.
#ifndef MEMORYVIEW_TEST_KERNELS_CHECK_COPY_H_
#define MEMORYVIEW_TEST_KERNELS_CHECK_COPY_H_

#include "../../../native/core/kernels/strided_copy.h"
#include "layouts.h"

/// The target has the source's items after the copy, each turned around in parts of `swap` bytes, and its
/// other bytes as before.
inline void CheckCopy(const std::vector<size_t>& shape, size_t itemsize, size_t swap, Side to,
                      const Side& from) {
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

#endif  // MEMORYVIEW_TEST_KERNELS_CHECK_COPY_H_
