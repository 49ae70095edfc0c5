// Arrow arrays of other libraries: what can be checked of their structs, and who keeps them.
//
// A holding moves an array out of the caller's struct, whose release becomes null. Each buffer that a view is
// made of keeps the holding. The last one calls the array's release, once, on the thread where it ends.
// Nothing here knows an environment.
#ifndef MEMORYVIEW_CAPI_ARROW_IMPORT_H_
#define MEMORYVIEW_CAPI_ARROW_IMPORT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "arrow_abi.h"
#include "memoryview.h"

namespace mv {

/// Whether schema and array can be walked: live in all their parts, at most 2^18 arrays. A fault of the root
/// (NodeFault) is refused too; one further down makes that column unreadable and no other. MV_OK or an error.
int32_t CheckArray(const ArrowSchema& schema, const ArrowArray& array, mv_error* error);

/// What is wrong with one array by itself: MV_OK, or an error that says so. The children of a faulty array
/// must not be visited.
int32_t NodeFault(const ArrowSchema& schema, const ArrowArray& array, int level, mv_error* error);

/// Whether a schema can be walked, as CheckArray; and the fault of one part of it, as NodeFault.
int32_t CheckSchema(const ArrowSchema& schema, mv_error* error);
int32_t SchemaFault(const ArrowSchema& schema, int level, mv_error* error);

/// The bytes that a schema's metadata takes; false where a length in it is negative, or it has more than
/// 64 MiB. The struct does not say how much there is to read.
bool MetadataSize(const char* metadata, size_t* nbytes);

/// An imported array. Counted: the handle in JS has one reference, each view of a buffer another.
class ArrowHolding {
 public:
  /// Moves the array in; null, and the array stays where it was, where there is no memory.
  static ArrowHolding* Take(const ArrowSchema& schema, ArrowArray& array);

  void Drop();
  /// A view of `nbytes` bytes of one of the array's buffers; false for an address that is none of them.
  bool BufferView(const void* address, uint64_t nbytes, mv_view* out);

 private:
  ArrowHolding(ArrowArray& array, std::unique_ptr<const void*[]> buffers, size_t count);
  ~ArrowHolding();
  static void ReleaseView(mv_view* view);

  ArrowArray array_;
  std::unique_ptr<const void*[]> buffers_;  // sorted
  size_t count_;
  std::atomic<uint64_t> refs_{1};
};

}  // namespace mv

#endif  // MEMORYVIEW_CAPI_ARROW_IMPORT_H_
