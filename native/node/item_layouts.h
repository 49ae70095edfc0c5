// Two layouts over two JS buffers, as the calls on many items are given them.
//
// The numbers come in one Float64Array that lives as long as the environment: filling it costs less than
// passing an argument. JS has validated them; here they are held only against the bytes that the buffers have
// now. What is read holds nothing: it is good until JS runs again, unless the caller keeps the memory.
#ifndef MEMORYVIEW_NODE_ITEM_LAYOUTS_H_
#define MEMORYVIEW_NODE_ITEM_LAYOUTS_H_

#include <napi.h>

#include <cstddef>
#include <cstdint>

#include "../core/kernels/equality.h"
#include "../core/kernels/pair_walk.h"

namespace mv {

/// Doubles in that array: item_layouts.cc says where each is.
inline constexpr size_t kLayoutNumbers = 8 + 3 * kMaxDimensions;

struct BufferBytes {
  char* data = nullptr;
  int64_t nbytes = 0;
};

/// The bytes of an ArrayBuffer, or of a Uint8Array; none for anything else.
BufferBytes BytesOf(Napi::Value value);

/// Two layouts of one shape, and how their items are compared or swapped.
struct ItemLayouts {
  PairWalk walk;
  size_t part = 0;
  Equality how = Equality::kBytes;
  bool swap_to = false;
  bool swap_from = false;

  /// Bytes of each part of an item that a copy reverses; 1 for none.
  size_t swap() const { return swap_to != swap_from ? part : 1; }
};

/// Reads what the array describes, over two buffers; false where any of it is out of bounds.
bool ReadItemLayouts(const double* numbers, const BufferBytes& to, const BufferBytes& from, ItemLayouts& out);

}  // namespace mv

#endif  // MEMORYVIEW_NODE_ITEM_LAYOUTS_H_
