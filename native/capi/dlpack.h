// DLPack 1.x at its ABI: tensors out of acquired views, and views out of other libraries' tensors.
//
// A managed tensor has one owner, who calls its deleter once, on any thread. An exported one owns the
// acquired view that it was made of; an imported one is owned by the view that AdoptTensor fills, whose
// release calls the deleter. Nothing here knows an environment.
#ifndef MEMORYVIEW_CAPI_DLPACK_H_
#define MEMORYVIEW_CAPI_DLPACK_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "memoryview.h"

namespace mv {

struct DlTensor {
  void* data;
  int32_t device_type, device_id;
  int32_t ndim;
  mv_dtype dtype;
  int64_t* shape;
  int64_t* strides;  ///< in elements; null: C order
  uint64_t byte_offset;
};

/// The older form, without version and flags.
struct DlManagedTensor {
  DlTensor tensor;
  void* manager;
  void (*deleter)(DlManagedTensor* self);
};

struct DlManagedTensorVersioned {
  uint32_t major, minor;
  void* manager;
  void (*deleter)(DlManagedTensorVersioned* self);
  uint64_t flags;
  DlTensor tensor;
};

static_assert(sizeof(DlTensor) == 48 && sizeof(DlManagedTensor) == 64 &&
              sizeof(DlManagedTensorVersioned) == 80);

inline constexpr uint64_t kDlReadOnly = 1;
inline constexpr uint64_t kDlIsCopied = 2;

/// What AdoptTensor returns for memory or elements that exist and are not for us, beside the codes of the C
/// header.
inline constexpr int32_t kUnsupported = 64;

/// Makes a tensor of what the exporter offers, with the consumer's name "dlpack". MV_OK, or an error of
/// mv_acquire, or MV_UNSATISFIABLE for what a tensor can't say.
int32_t ExportTensor(const mv_exporter* exporter, bool copied, DlManagedTensorVersioned** out,
                     mv_error* error);

/// Whether a consumer may write to a tensor. The older form has no flag for that, so that it is read-only
/// unless the caller knows better, as in numpy.
enum class TensorAccess : uint8_t {
  kAsProduced = 0,  ///< by the flag; the older form is read-only
  kReadonly = 1,
  kWritable = 2,  ///< MV_BAD_REQUEST where the flag says read-only
};

/// Fills `out` with a view that owns the tensor, checked. On failure the tensor stays the caller's, and `out`
/// is empty; so it is for one that reaches over more than `most` bytes.
int32_t AdoptTensor(void* managed, bool versioned, TensorAccess access, double most, mv_view* out,
                    mv_error* error);

/// Calls the deleter of either form.
void DeleteTensor(void* managed, bool versioned);

}  // namespace mv

#endif  // MEMORYVIEW_CAPI_DLPACK_H_
