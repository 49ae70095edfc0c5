// Builds Arrow schemas and arrays for JS, and returns the addresses of their structs for FFI.
//
// An external owns each pair of structs and releases them in its finalizer, unless a consumer has moved
// them out. The functions run on the environment's own thread; a consumer may call a struct's release on
// any thread.
#include "../capi/arrow_export.h"

#include <memory>
#include <string>
#include <vector>

#include "adoption.h"
#include "arrow_values.h"
#include "exports.h"

namespace mv {
namespace {

constexpr napi_type_tag kPairTag = {0x7a40c9e15f26d8b3ull, 0x19f5b28ce7034da6ull};
constexpr double kMaxExact = 9007199254740991.0;

/// [what keeps the struct, its address]
Napi::Array KeptAt(Napi::Env env, Napi::Value external, const void* address) {
  const Napi::Array list = Napi::Array::New(env);
  list.Set(uint32_t{0}, external);
  list.Set(uint32_t{1}, Address(env, address));
  return list;
}

/// Reads each element of a list by `read(value, item)`; false where one is refused.
template <typename Item, typename Read>
bool ReadList(Napi::Value list, std::vector<Item>& items, Read read) {
  if (!list.IsArray()) return false;
  items.resize(list.As<Napi::Array>().Length());
  for (size_t i = 0; i < items.size(); ++i) {
    if (!read(Element(list, static_cast<uint32_t>(i)), items[i])) return false;
  }
  return true;
}

bool ReadChild(Napi::Value value, ArrowChild& child) {
  if (!value.IsArray()) return false;
  child.schema = AtAddress<ArrowSchema>(Element(value, 0));
  child.array = AtAddress<ArrowArray>(Element(value, 1));
  return child.schema != nullptr && child.array != nullptr;
}

// ([format, name, flags, length, null count, offset], [exporters or null], [[schema, array]], [schema, array]
// or null, bytes of metadata or null) → [external that keeps both structs, address of the ArrowSchema,
// address of the ArrowArray]; or a refusal; or a status. The children are moved in where that succeeds.
Napi::Value BuildArrayForJs(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Value head = info[0];
  ArrowNode node;
  std::string format;
  std::string name;
  std::vector<const mv_exporter*> buffers;
  std::vector<ArrowChild> children;
  ArrowChild dictionary{};
  raw::Buffer metadata;
  const auto number = [&](uint32_t at, int64_t& to) {
    double value = 0;
    if (!raw::Read(Element(head, at), value) || !(value >= -kMaxExact && value <= kMaxExact)) return false;
    to = static_cast<int64_t>(value);
    return true;
  };
  const auto exporter = [env](Napi::Value value, const mv_exporter*& to) {
    to = value.IsNull() ? nullptr : mv_exporter_of(env, value, nullptr);
    return to != nullptr || value.IsNull();
  };
  if (!head.IsArray() || !raw::Read(Element(head, 0), format) || !raw::Read(Element(head, 1), name) ||
      !number(2, node.flags) || !number(3, node.length) || !number(4, node.null_count) ||
      !number(5, node.offset) || !ReadList(info[1], buffers, exporter) ||
      !ReadList(info[2], children, ReadChild) || !(info[3].IsNull() || ReadChild(info[3], dictionary)) ||
      !(info[4].IsNull() || raw::ReadTypedArray(info[4], metadata))) {
    return Answer(env, Status::kBadArgument);
  }
  node.format = format;
  node.name = name;
  node.metadata = {static_cast<const char*>(metadata.data), metadata.nbytes};
  node.buffers = buffers.data();
  node.n_buffers = buffers.size();
  node.children = children.data();
  node.n_children = children.size();
  node.dictionary = info[3].IsNull() ? nullptr : &dictionary;
  auto pair = std::make_unique<ArrowPair>();
  mv_error error;
  mv_error_init(&error);
  if (BuildArray(node, *pair, &error) != MV_OK) return Refusal(env, error);
  ArrowPair* kept = pair.release();
  const auto finalize = [](napi_env, void* data, void*) { delete static_cast<ArrowPair*>(data); };
  const Napi::Value external = External(env, kept, finalize, kPairTag);
  if (!external.IsExternal()) return external;
  const Napi::Array list = KeptAt(env, external, &kept->schema);
  list.Set(uint32_t{2}, Address(env, &kept->array));
  return list;
}

// (address of an ArrowSchema, name) → a status
Napi::Value RenameColumn(const Napi::CallbackInfo& info) {
  auto* schema = AtAddress<ArrowSchema>(info[0]);
  std::string name;
  if (schema == nullptr || !raw::Read(info[1], name)) return Answer(info.Env(), Status::kBadArgument);
  if (schema->release == nullptr) return Answer(info.Env(), Status::kUnknown);
  return Answer(info.Env(), RenameSchema(*schema, name) ? Status::kOk : Status::kOutOfMemory);
}

// (address of an ArrowSchema, address of an ArrowArray): releases structs that were not moved out
Napi::Value ReleaseArray(const Napi::CallbackInfo& info) {
  auto* schema = AtAddress<ArrowSchema>(info[0]);
  auto* array = AtAddress<ArrowArray>(info[1]);
  if (schema != nullptr && schema->release != nullptr) schema->release(schema);
  if (array != nullptr && array->release != nullptr) array->release(array);
  return info.Env().Undefined();
}

}  // namespace

void ExportArrowExport(Environment& environment, Napi::Object to) {
  raw::Export<BuildArrayForJs>(to, "buildArray", &environment);
  raw::Export<RenameColumn>(to, "renameColumn", &environment);
  raw::Export<ReleaseArray>(to, "releaseArray", &environment);
}

}  // namespace mv
