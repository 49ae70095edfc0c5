// Arrow arrays as JS has them: descriptions, buffers as memory, and structs at addresses for FFI.
#include "../capi/arrow.h"

#include "adoption.h"
#include "groups.h"

namespace mv {
namespace {

constexpr napi_type_tag kHoldingTag = {0x1f6c4b0a9d2e7358ull, 0xc27d91e35b80f46aull};
constexpr napi_type_tag kStreamTag = {0x83b5d7f91c0e2a46ull, 0x4e9a6c318f7b52d0ull};

/// A stream that was moved in, with the one schema of its arrays.
struct Stream {
  ArrowArrayStream stream{};
  ArrowSchema schema{};

  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { Close(); }
  void Close() {
    if (schema.release != nullptr) schema.release(&schema);
    if (stream.release != nullptr) stream.release(&stream);
    schema.release = nullptr;
    stream.release = nullptr;
  }
};

template <typename Struct>
Struct* AtAddress(napi_env env, napi_value value) {
  uint64_t address = 0;
  bool lossless = false;
  if (napi_get_value_bigint_uint64(env, value, &address, &lossless) != napi_ok || !lossless) return nullptr;
  return reinterpret_cast<Struct*>(static_cast<uintptr_t>(address));
}

void* Tagged(napi_env env, napi_value value, const napi_type_tag& tag) {
  napi_valuetype type = napi_undefined;
  bool tagged = false;
  void* data = nullptr;
  if (napi_typeof(env, value, &type) != napi_ok || type != napi_external ||
      napi_check_object_type_tag(env, value, &tag, &tagged) != napi_ok || !tagged ||
      napi_get_value_external(env, value, &data) != napi_ok) {
    return nullptr;
  }
  return data;
}

napi_value External(napi_env env, void* data, napi_finalize finalize, const napi_type_tag& tag) {
  napi_value external = nullptr;
  if (napi_create_external(env, data, finalize, nullptr, &external) != napi_ok) {
    finalize(env, data, nullptr);
    return Number(env, Status::kOutOfMemory);
  }
  napi_type_tag_object(env, external, &tag);
  return external;
}

/// JS's reference of a holding, until it drops it or loses it.
struct Handle {
  ArrowHolding* holding;

  void Drop() {
    if (holding != nullptr) holding->Drop();
    holding = nullptr;
  }
};

napi_value HoldingToJs(napi_env env, ArrowArray& array) {
  const auto finalize = [](napi_env, void* data, void*) {
    auto* handle = static_cast<Handle*>(data);
    handle->Drop();
    delete handle;
  };
  return External(env, new Handle{new ArrowHolding(array)}, finalize, kHoldingTag);
}

/// [format, name, flags, length, null count, offset, [buffer addresses], [children]]
napi_value Describe(napi_env env, const ArrowSchema& schema, const ArrowArray& array) {
  napi_value list = nullptr;
  napi_value buffers = nullptr;
  napi_value children = nullptr;
  napi_create_array_with_length(env, 8, &list);
  napi_create_array(env, &buffers);
  napi_create_array(env, &children);
  for (int64_t i = 0; i < array.n_buffers; ++i) {
    napi_set_element(env, buffers, static_cast<uint32_t>(i),
                     Number(env, static_cast<double>(reinterpret_cast<uintptr_t>(array.buffers[i]))));
  }
  for (int64_t i = 0; i < array.n_children; ++i) {
    napi_handle_scope scope = nullptr;
    napi_open_handle_scope(env, &scope);
    napi_set_element(env, children, static_cast<uint32_t>(i),
                     Describe(env, *schema.children[i], *array.children[i]));
    napi_close_handle_scope(env, scope);
  }
  const napi_value parts[] = {Text(env, schema.format),
                              Text(env, schema.name == nullptr ? "" : schema.name),
                              Number(env, static_cast<double>(schema.flags)),
                              Number(env, static_cast<double>(array.length)),
                              Number(env, static_cast<double>(array.null_count)),
                              Number(env, static_cast<double>(array.offset)),
                              buffers,
                              children};
  for (uint32_t i = 0; i < 8; ++i) napi_set_element(env, list, i, parts[i]);
  return list;
}

// (address of an ArrowSchema, address of an ArrowArray) → a description, or a refusal; moves nothing
napi_value DescribeArray(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  const auto* schema = AtAddress<ArrowSchema>(env, arguments[0]);
  const auto* array = AtAddress<ArrowArray>(env, arguments[1]);
  if (schema == nullptr || array == nullptr) return Number(env, Status::kBadArgument);
  mv_error error;
  mv_error_init(&error);
  if (CheckArray(*schema, *array, &error) != MV_OK) return Refusal(env, error);
  return Describe(env, *schema, *array);
}

// (both addresses) → the holding; the array is moved into it, the schema released
napi_value TakeArray(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  auto* schema = AtAddress<ArrowSchema>(env, arguments[0]);
  auto* array = AtAddress<ArrowArray>(env, arguments[1]);
  if (schema == nullptr || array == nullptr || schema->release == nullptr || array->release == nullptr) {
    return Number(env, Status::kBadArgument);
  }
  schema->release(schema);
  schema->release = nullptr;
  return HoldingToJs(env, *array);
}

// (holding, address, nbytes, most, check) → as AdoptIntoJs
napi_value AdoptBuffer(napi_env env, napi_callback_info info) {
  Arguments<5> arguments(env, info);
  const auto* handle = static_cast<Handle*>(Tagged(env, arguments[0], kHoldingTag));
  ArrowHolding* holding = handle == nullptr ? nullptr : handle->holding;
  uint64_t address = 0;
  uint64_t nbytes = 0;
  double most = 0;
  mv_view view;
  if (holding == nullptr || !arguments.Read(1, address) || !arguments.Read(2, nbytes) ||
      !arguments.Read(3, most) ||
      !holding->BufferView(reinterpret_cast<const void*>(static_cast<uintptr_t>(address)), nbytes, &view)) {
    return Number(env, Status::kBadArgument);
  }
  return AdoptIntoJs(arguments.home(), holding, view, most, arguments[4]);
}

// (holding): only its buffers keep the array now
napi_value DropArray(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  if (auto* handle = static_cast<Handle*>(Tagged(env, arguments[0], kHoldingTag))) handle->Drop();
  return nullptr;
}

// (address of an ArrowArrayStream) → the stream, moved; or a refusal
napi_value TakeStream(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  auto* given = AtAddress<ArrowArrayStream>(env, arguments[0]);
  if (given == nullptr) return Number(env, Status::kBadArgument);
  mv_error error;
  mv_error_init(&error);
  if (given->release == nullptr) {
    mv_fail(&error, MV_RELEASED, "was released or moved away, expected a live one");
    return Refusal(env, error);
  }
  auto* stream = new Stream;
  stream->stream = *given;
  given->release = nullptr;
  return External(
      env, stream, [](napi_env, void* data, void*) { delete static_cast<Stream*>(data); }, kStreamTag);
}

/// What the stream says of its own failure.
napi_value Failure(napi_env env, Stream& stream, int code) {
  mv_error error;
  mv_error_init(&error);
  const char* said =
      stream.stream.get_last_error == nullptr ? nullptr : stream.stream.get_last_error(&stream.stream);
  mv_fail(&error, MV_BAD_VIEW, "failed with errno %d: %s", code,
          said == nullptr ? "it does not say why" : said);
  return Refusal(env, error);
}

// (stream) → [description, holding]; null at its end; or a refusal
napi_value NextArray(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  auto* stream = static_cast<Stream*>(Tagged(env, arguments[0], kStreamTag));
  if (stream == nullptr) return Number(env, Status::kBadArgument);
  mv_error error;
  mv_error_init(&error);
  napi_value null = nullptr;
  napi_get_null(env, &null);
  if (stream->stream.release == nullptr) return null;
  if (stream->schema.release == nullptr) {
    const int code = stream->stream.get_schema(&stream->stream, &stream->schema);
    if (code != 0) return Failure(env, *stream, code);
  }
  ArrowArray array{};
  const int code = stream->stream.get_next(&stream->stream, &array);
  if (code != 0) return Failure(env, *stream, code);
  if (array.release == nullptr) {
    stream->Close();
    return null;
  }
  if (CheckArray(stream->schema, array, &error) != MV_OK) {
    array.release(&array);
    return Refusal(env, error);
  }
  napi_value pair = nullptr;
  napi_create_array_with_length(env, 2, &pair);
  napi_set_element(env, pair, 0, Describe(env, stream->schema, array));
  napi_set_element(env, pair, 1, HoldingToJs(env, array));
  return pair;
}

// (stream): releases it now
napi_value CloseStream(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  if (auto* stream = static_cast<Stream*>(Tagged(env, arguments[0], kStreamTag))) stream->Close();
  return nullptr;
}

napi_value Element(napi_env env, napi_value list, uint32_t i) {
  napi_value value = nullptr;
  napi_get_element(env, list, i, &value);
  return value;
}

/// Reads [format, name, flags, length, null count, [exporters or null], [children]].
bool ReadColumn(napi_env env, napi_value value, ArrowColumn& out) {
  const auto text = [env](napi_value from, std::string& to) {
    size_t length = 0;
    if (napi_get_value_string_utf8(env, from, nullptr, 0, &length) != napi_ok) return false;
    to.resize(length);
    return napi_get_value_string_utf8(env, from, to.data(), length + 1, &length) == napi_ok;
  };
  const napi_value buffers = Element(env, value, 5);
  const napi_value children = Element(env, value, 6);
  uint32_t n_buffers = 0;
  uint32_t n_children = 0;
  if (!text(Element(env, value, 0), out.format) || !text(Element(env, value, 1), out.name) ||
      napi_get_value_int64(env, Element(env, value, 2), &out.flags) != napi_ok ||
      napi_get_value_int64(env, Element(env, value, 3), &out.length) != napi_ok ||
      napi_get_value_int64(env, Element(env, value, 4), &out.null_count) != napi_ok ||
      napi_get_array_length(env, buffers, &n_buffers) != napi_ok ||
      napi_get_array_length(env, children, &n_children) != napi_ok) {
    return false;
  }
  for (uint32_t i = 0; i < n_buffers; ++i) {
    const napi_value buffer = Element(env, buffers, i);
    napi_valuetype type = napi_undefined;
    napi_typeof(env, buffer, &type);
    const mv_exporter* exporter = type == napi_null ? nullptr : mv_exporter_of(env, buffer, nullptr);
    if (exporter == nullptr && type != napi_null) return false;
    out.buffers.push_back(exporter);
  }
  out.children.resize(n_children);
  for (uint32_t i = 0; i < n_children; ++i) {
    if (!ReadColumn(env, Element(env, children, i), out.children[i])) return false;
  }
  return true;
}

// (column) → [external that keeps both structs, address of the ArrowSchema, address of the ArrowArray]; or a
// refusal
napi_value BuildArrayForJs(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  ArrowColumn column;
  if (!ReadColumn(env, arguments[0], column)) return Number(env, Status::kBadArgument);
  auto pair = std::make_unique<ArrowPair>();
  mv_error error;
  mv_error_init(&error);
  if (BuildArray(column, *pair, &error) != MV_OK) return Refusal(env, error);
  ArrowPair* kept = pair.release();
  napi_value external = nullptr;
  const auto finalize = [](napi_env, void* data, void*) { delete static_cast<ArrowPair*>(data); };
  if (napi_create_external(env, kept, finalize, nullptr, &external) != napi_ok) {
    delete kept;
    return Number(env, Status::kOutOfMemory);
  }
  napi_value list = nullptr;
  napi_value schema = nullptr;
  napi_value array = nullptr;
  napi_create_array_with_length(env, 3, &list);
  napi_create_bigint_uint64(env, reinterpret_cast<uintptr_t>(&kept->schema), &schema);
  napi_create_bigint_uint64(env, reinterpret_cast<uintptr_t>(&kept->array), &array);
  napi_set_element(env, list, 0, external);
  napi_set_element(env, list, 1, schema);
  napi_set_element(env, list, 2, array);
  return list;
}

// (address of an ArrowSchema, address of an ArrowArray): releases what nobody moved out
napi_value ReleaseArray(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  auto* schema = AtAddress<ArrowSchema>(env, arguments[0]);
  auto* array = AtAddress<ArrowArray>(env, arguments[1]);
  if (schema != nullptr && schema->release != nullptr) schema->release(schema);
  if (array != nullptr && array->release != nullptr) array->release(array);
  return nullptr;
}

}  // namespace

void ExportArrow(Environment& home, napi_value exports) {
  napi_env env = home.env();
  SetFunction(env, exports, "describeArray", DescribeArray, &home);
  SetFunction(env, exports, "takeArray", TakeArray, &home);
  SetFunction(env, exports, "adoptBuffer", AdoptBuffer, &home);
  SetFunction(env, exports, "dropArray", DropArray, &home);
  SetFunction(env, exports, "takeStream", TakeStream, &home);
  SetFunction(env, exports, "nextArray", NextArray, &home);
  SetFunction(env, exports, "closeStream", CloseStream, &home);
  SetFunction(env, exports, "buildArray", BuildArrayForJs, &home);
  SetFunction(env, exports, "releaseArray", ReleaseArray, &home);
}

}  // namespace mv
