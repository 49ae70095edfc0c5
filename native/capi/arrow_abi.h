// The structs of the Arrow C Data Interface and of the C Stream Interface, at their ABI.
#ifndef MEMORYVIEW_CAPI_ARROW_ABI_H_
#define MEMORYVIEW_CAPI_ARROW_ABI_H_

#include <cstdint>

namespace mv {

struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;  ///< int32 pairs, then each key and value after its int32 length; null for none
  int64_t flags;
  int64_t n_children;
  ArrowSchema** children;
  ArrowSchema* dictionary;
  void (*release)(ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;  ///< -1: not counted
  int64_t offset;      ///< in elements
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  ArrowArray** children;
  ArrowArray* dictionary;
  void (*release)(ArrowArray*);
  void* private_data;
};

struct ArrowArrayStream {
  int (*get_schema)(ArrowArrayStream*, ArrowSchema* out);
  int (*get_next)(ArrowArrayStream*, ArrowArray* out);
  const char* (*get_last_error)(ArrowArrayStream*);
  void (*release)(ArrowArrayStream*);
  void* private_data;
};

static_assert(sizeof(ArrowSchema) == 72 && sizeof(ArrowArray) == 80 && sizeof(ArrowArrayStream) == 40);

inline constexpr int64_t kArrowNullable = 2;

}  // namespace mv

#endif  // MEMORYVIEW_CAPI_ARROW_ABI_H_
