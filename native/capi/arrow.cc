#include "arrow.h"

namespace mv {
namespace {

constexpr int kMostLevels = 64;
constexpr int64_t kMostBuffers = 3;
constexpr int64_t kMostArrays = 1 << 18;  // a few structs that lead to each other make a tree without end

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
  if (++arrays > kMostArrays) {
    return mv_fail(error, MV_BAD_VIEW, "has more than %lld arrays in all",
                   static_cast<long long>(kMostArrays));
  }
  if (schema->format == nullptr) return mv_fail(error, MV_BAD_VIEW, "has a schema without a format");
  if (schema->dictionary != nullptr || array->dictionary != nullptr) {
    return mv_fail(error, MV_BAD_VERSION, "has a dictionary, expected plain columns; decode it first");
  }
  if (level > kMostLevels)
    return mv_fail(error, MV_BAD_VIEW, "has more than %d levels of children", kMostLevels);
  if (array->length < 0 || array->offset < 0 || array->length > INT64_MAX / 64 - array->offset) {
    return mv_fail(error, MV_BAD_VIEW,
                   "has length %lld at offset %lld, expected 0 or more, and fewer than 2^57",
                   static_cast<long long>(array->length), static_cast<long long>(array->offset));
  }
  if (array->n_children < 0 || array->n_children != schema->n_children || array->n_children > kMostArrays) {
    return mv_fail(error, MV_BAD_VIEW, "has %lld children, expected %lld, as its schema",
                   static_cast<long long>(array->n_children), static_cast<long long>(schema->n_children));
  }
  if (array->n_buffers < 0 || array->n_buffers > kMostBuffers ||
      (array->n_buffers > 0 && array->buffers == nullptr)) {
    return mv_fail(error, MV_BAD_VIEW, "has %lld buffers, expected 0 to 3",
                   static_cast<long long>(array->n_buffers));
  }
  if (array->n_children > 0 && (array->children == nullptr || schema->children == nullptr)) {
    return mv_fail(error, MV_BAD_VIEW, "has no children, expected %lld",
                   static_cast<long long>(array->n_children));
  }
  for (int64_t i = 0; i < array->n_children; ++i) {
    const int32_t status = CheckLevel(schema->children[i], array->children[i], level + 1, arrays, error);
    if (status != MV_OK) return status;
  }
  return MV_OK;
}

/// What an exported schema points to. Children are structs of their own, since a consumer may move them.
struct SchemaParts {
  std::string format;
  std::string name;
  std::vector<ArrowSchema> children;
  std::vector<ArrowSchema*> pointers;
};

struct ArrayParts {
  std::vector<mv_view> views;
  std::vector<const void*> buffers;
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> pointers;

  ArrayParts() = default;
  ArrayParts(const ArrayParts&) = delete;
  ArrayParts& operator=(const ArrayParts&) = delete;
  ~ArrayParts() {
    for (mv_view& view : views) mv_release(&view);
  }
};

template <typename Struct, typename Parts>
void Release(Struct* self) {
  auto* parts = static_cast<Parts*>(self->private_data);
  self->release = nullptr;
  // A child that was moved away has no release here any more.
  for (Struct& child : parts->children) {
    if (child.release != nullptr) child.release(&child);
  }
  delete parts;
}

template <typename Parts>
void LinkChildren(Parts& parts) {
  for (auto& child : parts.children) parts.pointers.push_back(&child);
}

void BuildSchema(const ArrowColumn& column, ArrowSchema& out) {
  auto* parts =
      new SchemaParts{column.format, column.name, std::vector<ArrowSchema>(column.children.size()), {}};
  for (size_t i = 0; i < column.children.size(); ++i) BuildSchema(column.children[i], parts->children[i]);
  LinkChildren(*parts);
  out = {parts->format.c_str(),
         parts->name.c_str(),
         nullptr,
         column.flags,
         static_cast<int64_t>(parts->children.size()),
         parts->pointers.data(),
         nullptr,
         Release<ArrowSchema, SchemaParts>,
         parts};
}

int32_t BuildData(const ArrowColumn& column, ArrowArray& out, mv_error* error) {
  auto parts = std::make_unique<ArrayParts>();
  mv_request request;
  mv_request_init(&request, "arrow");
  request.flags = MV_REQUEST_ALLOW_FAULT | MV_REQUEST_ALLOW_SHARED | MV_REQUEST_C_CONTIG;
  for (const mv_exporter* exporter : column.buffers) {
    if (exporter == nullptr) {
      parts->buffers.push_back(nullptr);
      continue;
    }
    mv_view view;
    const int32_t status = mv_acquire(exporter, &request, &view, error);
    if (status != MV_OK) return status;
    parts->views.push_back(view);
    parts->buffers.push_back(view.data);
  }
  parts->children.resize(column.children.size());
  int32_t status = MV_OK;
  for (size_t i = 0; i < column.children.size() && status == MV_OK; ++i) {
    status = BuildData(column.children[i], parts->children[i], error);
  }
  LinkChildren(*parts);
  out = {column.length,
         column.null_count,
         0,
         static_cast<int64_t>(parts->buffers.size()),
         static_cast<int64_t>(parts->children.size()),
         parts->buffers.data(),
         parts->pointers.data(),
         nullptr,
         Release<ArrowArray, ArrayParts>,
         parts.release()};
  if (status != MV_OK) out.release(&out);
  return status;
}

}  // namespace

int32_t CheckArray(const ArrowSchema& schema, const ArrowArray& array, mv_error* error) {
  int64_t arrays = 0;
  return CheckLevel(&schema, &array, 0, arrays, error);
}

ArrowHolding::ArrowHolding(ArrowArray& array) : array_(array) {
  array.release = nullptr;
  Collect(array_);
}

ArrowHolding::~ArrowHolding() {
  if (array_.release != nullptr) array_.release(&array_);
}

void ArrowHolding::Collect(const ArrowArray& array) {
  for (int64_t i = 0; i < array.n_buffers; ++i) {
    if (array.buffers[i] != nullptr) buffers_.insert(array.buffers[i]);
  }
  for (int64_t i = 0; i < array.n_children; ++i) Collect(*array.children[i]);
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
  if (nbytes != 0 && buffers_.count(address) == 0) return false;
  mv_view_init(out);
  out->region_base = nbytes == 0 ? &nothing : const_cast<void*>(address);
  out->region_size = nbytes;
  out->data = out->region_base;
  out->nbytes = nbytes;
  out->itemsize = 1;
  out->dtype = mv_dtype_make(MV_UINT, 8);
  out->format = "B";
  out->device_type = MV_CPU;
  // One dimension; its length is what the region says, and nobody reads it after the call.
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

ArrowPair::~ArrowPair() {
  if (schema.release != nullptr) schema.release(&schema);
  if (array.release != nullptr) array.release(&array);
}

int32_t BuildArray(const ArrowColumn& column, ArrowPair& out, mv_error* error) {
  const int32_t status = BuildData(column, out.array, error);
  if (status != MV_OK) {
    out.array.release = nullptr;
    return status;
  }
  BuildSchema(column, out.schema);
  return MV_OK;
}

}  // namespace mv
