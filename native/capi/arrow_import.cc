// Checks Arrow structs of other libraries, and keeps imported arrays alive.
//
// A holding owns the moved array. It is counted: the last reference calls the array's release, once, on
// its thread. The checks read the structs and own nothing.
#include "arrow_import.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace mv {
namespace {

constexpr int kMaxLevels = 64;
constexpr int64_t kMaxArrays = 1 << 18;  // a few structs that lead to each other make a tree without end
constexpr int64_t kMaxBuffers = 1 << 18;
constexpr int64_t kMaxElements = int64_t{1} << 53;  // JavaScript counts them
constexpr size_t kMaxMetadata = size_t{64} << 20;

char nothing;  // stands for an empty buffer

int32_t CheckLevel(const ArrowSchema* schema, const ArrowArray* array, int level, int64_t& arrays,
                   mv_error* error) {
  if (schema == nullptr || array == nullptr) {
    return mv_fail(error, MV_BAD_VIEW, "has a child that is missing, expected %s",
                   schema == nullptr ? "its schema" : "its array");
  }
  if (schema->release == nullptr || array->release == nullptr) {
    return mv_fail(error, MV_RELEASED, "was released or moved away%s, expected a live %s",
                   level == 0 ? "" : " in part", schema->release == nullptr ? "schema" : "array");
  }
  if (++arrays > kMaxArrays) {
    return mv_fail(error, MV_BAD_VIEW, "has more than %lld arrays in all",
                   static_cast<long long>(kMaxArrays));
  }
  mv_error fault;
  mv_error_init(&fault);
  if (NodeFault(*schema, *array, level, &fault) != MV_OK) {
    if (level == 0 && error != nullptr) *error = fault;
    return level == 0 ? fault.code : MV_OK;
  }
  for (int64_t i = 0; i < array->n_children; ++i) {
    const int32_t status = CheckLevel(schema->children[i], array->children[i], level + 1, arrays, error);
    if (status != MV_OK) return status;
  }
  if (array->dictionary == nullptr) return MV_OK;
  return CheckLevel(schema->dictionary, array->dictionary, level + 1, arrays, error);
}

int32_t CheckSchemaLevel(const ArrowSchema* schema, int level, int64_t& parts, mv_error* error) {
  if (schema == nullptr)
    return mv_fail(error, MV_BAD_VIEW, "has a child that is missing, expected its schema");
  if (schema->release == nullptr) {
    return mv_fail(error, MV_RELEASED, "was released or moved away%s, expected a live schema",
                   level == 0 ? "" : " in part");
  }
  if (++parts > kMaxArrays) {
    return mv_fail(error, MV_BAD_VIEW, "has more than %lld schemas in all",
                   static_cast<long long>(kMaxArrays));
  }
  if (SchemaFault(*schema, level, nullptr) != MV_OK) {
    return level == 0 ? SchemaFault(*schema, level, error) : MV_OK;
  }
  for (int64_t i = 0; i < schema->n_children; ++i) {
    const int32_t status = CheckSchemaLevel(schema->children[i], level + 1, parts, error);
    if (status != MV_OK) return status;
  }
  if (schema->dictionary == nullptr) return MV_OK;
  return CheckSchemaLevel(schema->dictionary, level + 1, parts, error);
}

/// Calls `visit` with each buffer of an array that passed CheckArray.
template <typename Visit>
void EachBuffer(const ArrowSchema& schema, const ArrowArray& array, int level, Visit& visit) {
  if (NodeFault(schema, array, level, nullptr) != MV_OK) return;
  for (int64_t i = 0; i < array.n_buffers; ++i) {
    if (array.buffers[i] != nullptr) visit(array.buffers[i]);
  }
  for (int64_t i = 0; i < array.n_children; ++i) {
    EachBuffer(*schema.children[i], *array.children[i], level + 1, visit);
  }
  if (array.dictionary != nullptr) EachBuffer(*schema.dictionary, *array.dictionary, level + 1, visit);
}

}  // namespace

int32_t SchemaFault(const ArrowSchema& schema, int level, mv_error* error) {
  if (schema.format == nullptr) return mv_fail(error, MV_BAD_VIEW, "has a schema without a format");
  if (level > kMaxLevels) {
    return mv_fail(error, MV_BAD_VIEW, "has more than %d levels of children", kMaxLevels);
  }
  if (schema.n_children < 0 || schema.n_children > kMaxArrays ||
      (schema.n_children > 0 && schema.children == nullptr)) {
    return mv_fail(error, MV_BAD_VIEW, "has a schema of %lld children%s, expected 0 to %lld",
                   static_cast<long long>(schema.n_children),
                   schema.children == nullptr ? " at no address" : "", static_cast<long long>(kMaxArrays));
  }
  return MV_OK;
}

int32_t CheckSchema(const ArrowSchema& schema, mv_error* error) {
  int64_t parts = 0;
  return CheckSchemaLevel(&schema, 0, parts, error);
}

int32_t NodeFault(const ArrowSchema& schema, const ArrowArray& array, int level, mv_error* error) {
  if (schema.format == nullptr) return mv_fail(error, MV_BAD_VIEW, "has a schema without a format");
  if (level > kMaxLevels) {
    return mv_fail(error, MV_BAD_VIEW, "has more than %d levels of children", kMaxLevels);
  }
  if ((schema.dictionary == nullptr) != (array.dictionary == nullptr)) {
    return mv_fail(error, MV_BAD_VIEW, "has a dictionary in its %s only, expected one in both",
                   schema.dictionary == nullptr ? "array" : "schema");
  }
  if (array.length < 0 || array.offset < 0 || array.length >= kMaxElements ||
      array.offset >= kMaxElements - array.length) {
    return mv_fail(error, MV_BAD_VIEW,
                   "has length %lld at offset %lld, expected 0 or more, and fewer than 2^53",
                   static_cast<long long>(array.length), static_cast<long long>(array.offset));
  }
  if (array.n_children < 0 || array.n_children != schema.n_children || array.n_children > kMaxArrays) {
    return mv_fail(error, MV_BAD_VIEW, "has %lld children, expected %lld, as its schema",
                   static_cast<long long>(array.n_children), static_cast<long long>(schema.n_children));
  }
  if (array.n_buffers < 0 || array.n_buffers > kMaxBuffers ||
      (array.n_buffers > 0 && array.buffers == nullptr)) {
    return mv_fail(error, MV_BAD_VIEW, "has %lld buffers%s, expected 0 to %lld, with their addresses",
                   static_cast<long long>(array.n_buffers), array.buffers == nullptr ? " at no address" : "",
                   static_cast<long long>(kMaxBuffers));
  }
  if (array.n_children > 0 && (array.children == nullptr || schema.children == nullptr)) {
    return mv_fail(error, MV_BAD_VIEW, "has no children, expected %lld",
                   static_cast<long long>(array.n_children));
  }
  return MV_OK;
}

int32_t CheckArray(const ArrowSchema& schema, const ArrowArray& array, mv_error* error) {
  int64_t arrays = 0;
  return CheckLevel(&schema, &array, 0, arrays, error);
}

bool MetadataSize(const char* metadata, size_t* nbytes) {
  size_t at = 0;
  // SAFETY: the producer says that the lengths are those of the bytes that follow.
  const auto read = [&](int32_t& value) {
    std::memcpy(&value, metadata + at, sizeof value);
    at += sizeof value;
    return value >= 0;
  };
  int32_t pairs = 0;
  if (!read(pairs)) return false;
  for (int64_t i = 0; i < int64_t{pairs} * 2; ++i) {
    int32_t length = 0;
    if (!read(length)) return false;
    at += static_cast<size_t>(length);
    if (at > kMaxMetadata) return false;
  }
  *nbytes = at;
  return true;
}

ArrowHolding::ArrowHolding(ArrowArray& array, std::unique_ptr<const void*[]> buffers, size_t count)
    : array_(array), buffers_(std::move(buffers)), count_(count) {
  array.release = nullptr;
}

ArrowHolding* ArrowHolding::Take(const ArrowSchema& schema, ArrowArray& array) {
  size_t count = 0;
  const auto add = [&](const void*) { ++count; };
  EachBuffer(schema, array, 0, add);
  std::unique_ptr<const void*[]> buffers(new (std::nothrow) const void*[count + 1]);
  if (buffers == nullptr) return nullptr;
  size_t filled = 0;
  const auto note = [&](const void* address) { buffers[filled++] = address; };
  EachBuffer(schema, array, 0, note);
  std::sort(buffers.get(), buffers.get() + count);
  return new (std::nothrow) ArrowHolding(array, std::move(buffers), count);
}

ArrowHolding::~ArrowHolding() {
  if (array_.release != nullptr) array_.release(&array_);
}

void ArrowHolding::Drop() {
  if (refs_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

void ArrowHolding::ReleaseView(mv_view* view) {
  auto* holding = static_cast<ArrowHolding*>(view->manager);
  view->release = nullptr;
  holding->Drop();
}

bool ArrowHolding::BufferView(const void* address, uint64_t nbytes, mv_view* out) {
  static const int64_t byte_stride = 1;
  if (nbytes != 0 && !std::binary_search(buffers_.get(), buffers_.get() + count_, address)) return false;
  mv_view_init(out);
  out->region_base = nbytes == 0 ? &nothing : const_cast<void*>(address);
  out->region_size = nbytes;
  out->data = out->region_base;
  out->nbytes = nbytes;
  out->itemsize = 1;
  out->dtype = mv_dtype_make(MV_UINT, 8);
  out->format = "B";
  out->device_type = MV_CPU;
  // One dimension; its length is what the region says, and no code reads it after the call.
  static thread_local int64_t length;
  length = static_cast<int64_t>(nbytes);
  out->ndim = 1;
  out->shape = &length;
  out->strides = &byte_stride;
  out->flags = MV_READONLY | MV_C_CONTIG | MV_F_CONTIG;
  out->manager = this;
  out->release = ReleaseView;
  refs_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

}  // namespace mv
