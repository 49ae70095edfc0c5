// Builds Arrow structs over acquired views.
//
// Each struct owns one block of C memory with its names and lists of children, and the views of its
// buffers, which pin their memory. Its release frees them, on any thread, without Node-API.
#include "arrow_export.h"

#include <cstdlib>
#include <cstring>
#include <memory>

#include "arrow_import.h"

namespace mv {
namespace {

/// The head of the block of a struct; the rest follows it.
template <typename Struct>
struct Parts {
  size_t n_children;
  Struct* children;
  Struct** pointers;
  Struct dictionary;
  // Of an array only.
  size_t n_views;
  mv_view* views;
  const void** buffers;
};

using SchemaParts = Parts<ArrowSchema>;
using ArrayParts = Parts<ArrowArray>;

/// Makes the block of a struct with room for `extra` further bytes, which start at `*rest`; null where there
/// is no memory. Freed by Release.
template <typename Struct>
Parts<Struct>* MakeParts(size_t n_children, size_t n_buffers, size_t extra, char** rest) {
  constexpr size_t kChild = sizeof(Struct) + sizeof(Struct*);
  constexpr size_t kBuffer = sizeof(mv_view) + sizeof(void*);
  const size_t size = sizeof(Parts<Struct>) + n_children * kChild + n_buffers * kBuffer + extra;
  auto* parts = static_cast<Parts<Struct>*>(std::calloc(1, size));
  if (parts == nullptr) return nullptr;
  // SAFETY: the block has room for all of these, and each size is a multiple of 8.
  auto* at = reinterpret_cast<char*>(parts + 1);
  parts->n_children = n_children;
  parts->children = reinterpret_cast<Struct*>(at);
  at += n_children * sizeof(Struct);
  parts->pointers = reinterpret_cast<Struct**>(at);
  at += n_children * sizeof(Struct*);
  parts->views = reinterpret_cast<mv_view*>(at);
  at += n_buffers * sizeof(mv_view);
  parts->buffers = reinterpret_cast<const void**>(at);
  *rest = at + n_buffers * sizeof(void*);
  for (size_t i = 0; i < n_children; ++i) parts->pointers[i] = &parts->children[i];
  return parts;
}

template <typename Struct>
void FreeParts(Parts<Struct>* parts) {
  // A part that was moved away has no release here any more.
  for (size_t i = 0; i < parts->n_children; ++i) {
    if (parts->children[i].release != nullptr) parts->children[i].release(&parts->children[i]);
  }
  if (parts->dictionary.release != nullptr) parts->dictionary.release(&parts->dictionary);
  for (size_t i = 0; i < parts->n_views; ++i) mv_release(&parts->views[i]);
  std::free(parts);
}

template <typename Struct>
void Release(Struct* self) {
  self->release = nullptr;
  FreeParts(static_cast<Parts<Struct>*>(self->private_data));
}

template <typename Struct>
void Move(Struct& from, Struct& to) {
  to = from;
  from.release = nullptr;
}

const char* PutText(std::string_view text, char** at) {
  const char* start = *at;
  // SAFETY: MakeParts made room for all texts and their ends.
  if (!text.empty()) std::memcpy(*at, text.data(), text.size());
  *at += text.size() + 1;  // the block was zeroed
  return start;
}

/// A schema whose children and dictionary are still empty; null where there is no memory.
SchemaParts* MakeSchema(const ArrowNode& node, size_t n_children, bool dictionary, ArrowSchema& out) {
  char* rest = nullptr;
  const size_t texts = node.format.size() + node.name.size() + node.metadata.size() + 3;
  auto* parts = MakeParts<ArrowSchema>(n_children, 0, texts, &rest);
  if (parts == nullptr) return nullptr;
  out = {};
  out.format = PutText(node.format, &rest);
  out.name = PutText(node.name, &rest);
  if (!node.metadata.empty()) out.metadata = PutText(node.metadata, &rest);
  out.flags = node.flags;
  out.n_children = static_cast<int64_t>(n_children);
  out.children = parts->pointers;
  out.dictionary = dictionary ? &parts->dictionary : nullptr;
  out.release = Release<ArrowSchema>;
  out.private_data = parts;
  return parts;
}

std::string_view MetadataOf(const ArrowSchema& schema) {
  size_t nbytes = 0;
  if (schema.metadata == nullptr || !MetadataSize(schema.metadata, &nbytes)) return {};
  return {schema.metadata, nbytes};
}

bool CopySchemaAs(const ArrowSchema& from, std::string_view name, ArrowSchema& out) {
  ArrowNode node;
  node.format = from.format;
  node.name = name;
  node.metadata = MetadataOf(from);
  node.flags = from.flags;
  const auto n_children = static_cast<size_t>(from.n_children);
  SchemaParts* parts = MakeSchema(node, n_children, from.dictionary != nullptr, out);
  if (parts == nullptr) return false;
  bool copied = true;
  for (size_t i = 0; i < n_children && copied; ++i) {
    copied = CopySchema(*from.children[i], parts->children[i]);
  }
  if (copied && from.dictionary != nullptr) copied = CopySchema(*from.dictionary, parts->dictionary);
  if (!copied) out.release(&out);
  return copied;
}

int32_t AcquireBuffers(const ArrowNode& node, ArrayParts& parts, mv_error* error) {
  mv_request request;
  mv_request_init(&request, "arrow");
  request.flags = MV_REQUEST_ALLOW_FAULT | MV_REQUEST_ALLOW_SHARED | MV_REQUEST_C_CONTIG;
  for (size_t i = 0; i < node.n_buffers; ++i) {
    if (node.buffers[i] == nullptr) continue;
    mv_view* view = &parts.views[parts.n_views];
    const int32_t status = mv_acquire(node.buffers[i], &request, view, error);
    if (status != MV_OK) return status;
    ++parts.n_views;
    parts.buffers[i] = view->data;
  }
  return MV_OK;
}

bool IsLive(const ArrowChild& child) {
  return child.schema->release != nullptr && child.array->release != nullptr;
}

}  // namespace

void ArrowPair::Release() {
  if (schema.release != nullptr) schema.release(&schema);
  if (array.release != nullptr) array.release(&array);
}

int32_t BuildArray(const ArrowNode& node, ArrowPair& out, mv_error* error) {
  for (size_t i = 0; i < node.n_children + (node.dictionary == nullptr ? 0 : 1); ++i) {
    if (IsLive(i < node.n_children ? node.children[i] : *node.dictionary)) continue;
    return mv_fail(error, MV_RELEASED, "has a column that was released or moved away, expected a live one");
  }
  char* rest = nullptr;
  std::unique_ptr<ArrayParts, void (*)(ArrayParts*)> owner(
      MakeParts<ArrowArray>(node.n_children, node.n_buffers, 0, &rest), FreeParts<ArrowArray>);
  ArrayParts* parts = owner.get();
  if (parts == nullptr) return mv_fail(error, MV_NO_MEMORY, "needs memory that the system refused");
  const int32_t status = AcquireBuffers(node, *parts, error);
  if (status != MV_OK) return status;
  SchemaParts* schema = MakeSchema(node, node.n_children, node.dictionary != nullptr, out.schema);
  if (schema == nullptr) return mv_fail(error, MV_NO_MEMORY, "needs memory that the system refused");
  // From here on nothing fails.
  for (size_t i = 0; i < node.n_children; ++i) {
    Move(*node.children[i].schema, schema->children[i]);
    Move(*node.children[i].array, parts->children[i]);
  }
  if (node.dictionary != nullptr) {
    Move(*node.dictionary->schema, schema->dictionary);
    Move(*node.dictionary->array, parts->dictionary);
  }
  out.array = {node.length,
               node.null_count,
               node.offset,
               static_cast<int64_t>(node.n_buffers),
               static_cast<int64_t>(node.n_children),
               parts->buffers,
               parts->pointers,
               node.dictionary == nullptr ? nullptr : &parts->dictionary,
               Release<ArrowArray>,
               owner.release()};
  return MV_OK;
}

bool RenameSchema(ArrowSchema& schema, std::string_view name) {
  if (schema.name != nullptr && name == schema.name) return true;
  ArrowSchema renamed{};
  if (!CopySchemaAs(schema, name, renamed)) return false;
  schema.release(&schema);
  schema = renamed;
  return true;
}

bool CopySchema(const ArrowSchema& from, ArrowSchema& out) {
  return CopySchemaAs(from, from.name == nullptr ? "" : from.name, out);
}

bool SameSchema(const ArrowSchema& first, const ArrowSchema& second) {
  const auto name = [](const ArrowSchema& schema) {
    return std::string_view(schema.name == nullptr ? "" : schema.name);
  };
  const bool nulls_expected = (second.flags & kArrowNullable) == 0 || (first.flags & kArrowNullable) != 0;
  if (std::strcmp(first.format, second.format) != 0 || name(first) != name(second) || !nulls_expected ||
      first.n_children != second.n_children ||
      (first.dictionary == nullptr) != (second.dictionary == nullptr)) {
    return false;
  }
  for (int64_t i = 0; i < first.n_children; ++i) {
    if (!SameSchema(*first.children[i], *second.children[i])) return false;
  }
  return first.dictionary == nullptr || SameSchema(*first.dictionary, *second.dictionary);
}

}  // namespace mv
