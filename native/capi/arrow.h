// The Arrow C Data Interface and the C Stream Interface at their ABI.
//
// Import: TakeArray moves an array out of the caller's struct (whose release becomes null) into a holding;
// each buffer that a view is made of keeps the holding, and the last one calls the array's release, once, on
// whatever thread it ends. Export: BuildArray makes a schema and an array that own acquired views of ours;
// each child can be released or moved by itself, as the specification has it. Nothing here knows an
// environment.
#ifndef MEMORYVIEW_CAPI_ARROW_H_
#define MEMORYVIEW_CAPI_ARROW_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "memoryview.h"

namespace mv {

struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
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

/// Whether schema and array belong together and can be walked: both live, the same children, nothing
/// negative, at most 64 levels, no dictionaries. MV_OK or an error of mv_acquire's.
int32_t CheckArray(const ArrowSchema& schema, const ArrowArray& array, mv_error* error);

/// An imported array. Counted: the capsule in JS has one reference, each view of a buffer another.
class ArrowHolding {
 public:
  /// Moves the array in.
  explicit ArrowHolding(ArrowArray& array);

  void Drop();
  /// A view of `nbytes` bytes of one of the array's buffers; false for an address that is none of them.
  bool BufferView(const void* address, uint64_t nbytes, mv_view* out);

 private:
  ~ArrowHolding();
  void Collect(const ArrowArray& array);
  static void ReleaseView(mv_view* view);

  ArrowArray array_;
  std::unordered_set<const void*> buffers_;
  std::atomic<uint64_t> refs_{1};
};

/// What an exported array is made of.
struct ArrowColumn {
  std::string format;
  std::string name;
  int64_t flags = 0;
  int64_t length = 0;
  int64_t null_count = 0;
  std::vector<const mv_exporter*> buffers{};  ///< null: a buffer that is not there
  std::vector<ArrowColumn> children{};
};

/// A schema and an array at fixed addresses, until nobody needs the structs any more.
struct ArrowPair {
  ArrowSchema schema{};
  ArrowArray array{};

  ArrowPair() = default;
  ArrowPair(const ArrowPair&) = delete;
  ArrowPair& operator=(const ArrowPair&) = delete;
  /// Releases what no consumer moved out.
  ~ArrowPair();
};

/// Fills the pair; acquires a view of each buffer under the name "arrow". On failure it is empty.
int32_t BuildArray(const ArrowColumn& column, ArrowPair& out, mv_error* error);

}  // namespace mv

#endif  // MEMORYVIEW_CAPI_ARROW_H_
