// Makes DLPack tensors of acquired views, and views of DLPack tensors.
//
// An exported tensor owns its view; the view of an imported tensor owns the tensor. Each is freed once,
// on any thread, without Node-API.
#include "dlpack.h"

#include <iterator>

#include "adopted_block.h"

namespace mv {
namespace {

/// A tensor that this library makes, with the arrays that it points to.
struct Exported {
  DlManagedTensorVersioned managed{};
  mv_view view;
  std::vector<int64_t> shape;
  std::vector<int64_t> strides;

  Exported() { mv_view_init(&view); }
  Exported(const Exported&) = delete;
  Exported& operator=(const Exported&) = delete;
  ~Exported() { mv_release(&view); }
};

/// What a view over another library's tensor holds.
struct Imported {
  void* managed;  ///< null where it has no deleter: the struct may be gone by then
  bool versioned;
  std::vector<int64_t> shape;
  std::vector<int64_t> strides;
};

void ReleaseImported(mv_view* view) {
  auto* imported = static_cast<Imported*>(view->manager);
  view->release = nullptr;
  if (imported->managed != nullptr) DeleteTensor(imported->managed, imported->versioned);
  delete imported;
}

// DLPack's devices whose memory the CPU reads too.
constexpr int32_t kCudaHost = 3;
constexpr int32_t kRocmHost = 11;
constexpr int32_t kCudaManaged = 13;

bool IsHost(int32_t device) {
  return device == MV_CPU || device == kCudaHost || device == kRocmHost || device == kCudaManaged;
}

const char* DeviceName(int32_t device) {
  static constexpr const char* kNames[] = {"none",
                                           "the CPU",
                                           "CUDA",
                                           "CUDA host memory",
                                           "OpenCL",
                                           "none",
                                           "none",
                                           "Vulkan",
                                           "Metal",
                                           "VPI",
                                           "ROCm",
                                           "ROCm host memory",
                                           "an extension device",
                                           "CUDA managed memory",
                                           "oneAPI",
                                           "WebGPU",
                                           "Hexagon",
                                           "MAIA",
                                           "Trainium"};
  const auto index = static_cast<size_t>(device);
  return device > 0 && index < std::size(kNames) ? kNames[index] : "which is none";
}

/// The bytes that the elements touch become the region: a tensor does not say how large its memory is.
bool SetRegion(mv_view* view) {
  int64_t low = 0;
  int64_t high = view->itemsize;
  for (int32_t d = 0; d < view->ndim; ++d) {
    if (view->shape[d] == 0) {
      view->region_base = view->data;
      return true;
    }
    int64_t reach = 0;
    if (view->shape[d] < 0 || __builtin_mul_overflow(view->shape[d] - 1, view->strides[d], &reach) ||
        __builtin_add_overflow(reach < 0 ? low : high, reach, reach < 0 ? &low : &high)) {
      return false;
    }
  }
  if (__builtin_sub_overflow(high, low, &high)) return false;
  view->region_base =
      reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(view->data) + static_cast<uintptr_t>(low));
  view->region_size = static_cast<uint64_t>(high);
  return true;
}

/// What a managed tensor of either form says.
struct Given {
  const DlTensor& tensor;
  uint64_t flags;
  bool owned;  ///< has a deleter
};

Given Read(void* managed, bool versioned) {
  // SAFETY: the caller vouches for a tensor of that form, of a major version that AdoptTensor knows.
  if (versioned) {
    const auto& given = *static_cast<DlManagedTensorVersioned*>(managed);
    return {given.tensor, given.flags, given.deleter != nullptr};
  }
  const auto& given = *static_cast<DlManagedTensor*>(managed);
  return {given.tensor, 0, given.deleter != nullptr};
}

/// Whether a view can be made of the tensor: MV_OK, or an error that says why not.
int32_t CheckTensor(const Given& given, TensorAccess access, mv_error* error) {
  const DlTensor& tensor = given.tensor;
  if (!IsHost(tensor.device_type)) {
    return mv_fail(
        error, kUnsupported,
        "is on device type %d, %s, expected memory that the CPU can read; copy it to the CPU first",
        static_cast<int>(tensor.device_type), DeviceName(tensor.device_type));
  }
  if ((given.flags & kDlReadOnly) != 0 && access == TensorAccess::kWritable) {
    return mv_fail(error, MV_BAD_REQUEST, "is read-only, expected one that may be written");
  }
  if (mv_format_of(tensor.dtype) == nullptr) {
    char shown[48];
    return mv_fail(error, tensor.dtype.lanes > 1 ? MV_UNSATISFIABLE : kUnsupported,
                   "has elements of %s, expected a type that has a format",
                   mv_shown_dtype(tensor.dtype, shown, sizeof shown));
  }
  if (tensor.ndim < 0 || tensor.ndim > MV_MAX_NDIM || (tensor.ndim > 0 && tensor.shape == nullptr)) {
    return mv_fail(error, MV_BAD_VIEW, "has %d dimensions, expected 0 to %d with a shape",
                   static_cast<int>(tensor.ndim), MV_MAX_NDIM);
  }
  return MV_OK;
}

/// Describes the elements of a tensor that CheckTensor accepts, by arrays of `imported`. False where a number
/// overflows.
bool LayOut(const DlTensor& tensor, Imported& imported, mv_view* view) {
  const auto ndim = static_cast<size_t>(tensor.ndim);
  imported.shape.assign(tensor.shape, tensor.shape + ndim);
  imported.strides.resize(ndim);
  view->format = mv_format_of(tensor.dtype);
  view->dtype = tensor.dtype;
  view->dtype.lanes = 1;
  view->itemsize = mv_format_size(view->format);
  view->nbytes = static_cast<uint64_t>(view->itemsize);
  int64_t step = 1;
  for (size_t d = ndim; d-- > 0;) {
    const int64_t elements = tensor.strides != nullptr ? tensor.strides[d] : step;
    if (__builtin_mul_overflow(elements, view->itemsize, &imported.strides[d]) ||
        __builtin_mul_overflow(step, imported.shape[d] == 0 ? 1 : imported.shape[d], &step)) {
      return false;
    }
    view->nbytes *= static_cast<uint64_t>(imported.shape[d]);
  }
  view->ndim = tensor.ndim;
  view->shape = imported.shape.data();
  view->strides = imported.strides.data();
  view->data = reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(tensor.data) + tensor.byte_offset);
  view->device_type = MV_CPU;
  return SetRegion(view);
}

}  // namespace

void DeleteTensor(void* managed, bool versioned) {
  if (versioned) {
    auto* tensor = static_cast<DlManagedTensorVersioned*>(managed);
    if (tensor->deleter != nullptr) tensor->deleter(tensor);
  } else {
    auto* tensor = static_cast<DlManagedTensor*>(managed);
    if (tensor->deleter != nullptr) tensor->deleter(tensor);
  }
}

int32_t ExportTensor(const mv_exporter* exporter, bool copied, DlManagedTensorVersioned** out,
                     mv_error* error) {
  mv_request request;
  mv_request_init(&request, "dlpack");
  request.flags = MV_REQUEST_ALLOW_FAULT | MV_REQUEST_ALLOW_SHARED;
  auto exported = std::make_unique<Exported>();
  mv_view& view = exported->view;
  int32_t status = mv_acquire(exporter, &request, &view, error);
  if (status != MV_OK) return status;
  if (view.dtype.code == MV_SEE_FORMAT) {
    status = mv_fail(error, MV_UNSATISFIABLE, "has elements of format \"%.32s\", expected a native scalar",
                     view.format);
  }
  for (int32_t d = 0; d < view.ndim && status == MV_OK; ++d) {
    // What is never stepped over may have any stride; consumers expect one of whole elements.
    const bool used = view.shape[d] > 1 && view.nbytes != 0;
    if (used && view.strides[d] % view.itemsize != 0) {
      status = mv_fail(error, MV_UNSATISFIABLE,
                       "has stride %lld in dimension %d, expected a multiple of %lld, the itemsize",
                       static_cast<long long>(view.strides[d]), static_cast<int>(d),
                       static_cast<long long>(view.itemsize));
    }
    exported->shape.push_back(view.shape[d]);
    exported->strides.push_back(view.strides[d] / view.itemsize);
  }
  if (status != MV_OK) {
    mv_release(&view);
    return status;
  }
  // Never null, also without dimensions: some consumers take that for another meaning.
  exported->shape.push_back(0);
  exported->strides.push_back(0);
  DlManagedTensorVersioned& managed = exported->managed;
  managed.major = 1;
  managed.manager = exported.get();
  managed.deleter = [](DlManagedTensorVersioned* self) {
    auto* owner = static_cast<Exported*>(self->manager);
    delete owner;
  };
  managed.flags = ((view.flags & MV_READONLY) != 0 ? kDlReadOnly : 0) |
                  (copied || (view.flags & MV_IS_COPY) != 0 ? kDlIsCopied : 0);
  managed.tensor = {
      view.data, MV_CPU, 0, view.ndim, view.dtype, exported->shape.data(), exported->strides.data(), 0};
  *out = &exported.release()->managed;
  return MV_OK;
}

int32_t AdoptTensor(void* managed, bool versioned, TensorAccess access, double most, mv_view* out,
                    mv_error* error) {
  mv_view_init(out);
  if (versioned) {
    // SAFETY: version, manager and deleter are in every version of the struct.
    const auto* head = static_cast<const DlManagedTensorVersioned*>(managed);
    if (head->major != 1) {
      return mv_fail(error, MV_BAD_VERSION, "is a DLPack tensor of version %u.%u, expected 1.x", head->major,
                     head->minor);
    }
  }
  const Given given = Read(managed, versioned);
  int32_t status = CheckTensor(given, access, error);
  if (status != MV_OK) return status;
  // Without a deleter there is nothing to call twice: the struct may be used again.
  if (given.owned && IsAdopted(managed)) {
    return mv_fail(error, MV_RELEASED, "was taken already, expected one that was not taken");
  }
  auto imported = std::make_unique<Imported>();
  imported->managed = given.owned ? managed : nullptr;
  imported->versioned = versioned;
  const bool marked = (given.flags & kDlReadOnly) != 0;
  const bool readonly =
      marked || access == TensorAccess::kReadonly || (!versioned && access == TensorAccess::kAsProduced);
  out->flags = (readonly ? MV_READONLY : 0) | ((given.flags & kDlIsCopied) != 0 ? MV_IS_COPY : 0);
  if (!LayOut(given.tensor, *imported, out)) {
    return mv_fail(error, MV_BAD_VIEW, "has a shape or strides that overflow 64 bits");
  }
  if (static_cast<double>(out->region_size) > most) {
    return mv_fail(error, MV_NO_MEMORY, "reaches over %llu bytes, expected at most %.0f, an ArrayBuffer's",
                   static_cast<unsigned long long>(out->region_size), most);
  }
  out->manager = imported.get();
  out->release = ReleaseImported;
  status = mv_check_view(out, error);
  if (status == MV_OK && given.tensor.data == nullptr && out->nbytes != 0) {
    status = mv_fail(error, MV_BAD_VIEW, "has elements at no address");
  } else if (status == MV_OK && out->nbytes > kMaxBytes) {
    status = mv_fail(error, MV_BAD_VIEW, "has elements of %llu bytes in all, expected fewer than 2^53",
                     static_cast<unsigned long long>(out->nbytes));
  }
  if (status != MV_OK) {
    out->release = nullptr;
    return status;
  }
  imported.release();
  return MV_OK;
}

}  // namespace mv
