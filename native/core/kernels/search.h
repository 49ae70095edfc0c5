// Finds or counts one value among evenly spaced items.
//
// It only reads; the bytes belong to the caller, who keeps them alive. Large rows are split over a few
// threads (parallel.h), which end before the call returns.
#ifndef MEMORYVIEW_CORE_SEARCH_H_
#define MEMORYVIEW_CORE_SEARCH_H_

#include <cstddef>
#include <cstdint>

#include "equality.h"

namespace mv {

/// Items from `first` on, `step` bytes from one to the next.
struct Row {
  const char* first;
  size_t itemsize;
  size_t length;
  ptrdiff_t step;
};

inline constexpr size_t kNotFound = SIZE_MAX;

/// The index of the first item that equals the one at `wanted`, which has the items' size and byte order, or
/// kNotFound. `swap` says that they are floats in the other byte order.
size_t FindItem(const Row& row, const char* wanted, Equality how, bool swap);

/// How many items equal the one at `wanted`.
size_t CountItems(const Row& row, const char* wanted, Equality how, bool swap);

}  // namespace mv

#endif  // MEMORYVIEW_CORE_SEARCH_H_
