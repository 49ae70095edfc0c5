// Arrow arrays of other libraries as JS has them: descriptions, and buffers as memory.
#include "../capi/arrow_import.h"

#include <new>

#include "adoption.h"
#include "arrow_values.h"
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

/// JS's reference of a holding, until it drops it or loses it.
struct Handle {
  ArrowHolding* holding;

  void Drop() {
    if (holding != nullptr) holding->Drop();
    holding = nullptr;
  }
};

/// Moves the array into a holding for JS; a status, and the array where it was, without memory.
napi_value HoldingToJs(napi_env env, const ArrowSchema& schema, ArrowArray& array) {
  auto* handle = new (std::nothrow) Handle{nullptr};
  if (handle != nullptr) handle->holding = ArrowHolding::Take(schema, array);
  if (handle == nullptr || handle->holding == nullptr) {
    delete handle;
    return Number(env, Status::kOutOfMemory);
  }
  const auto finalize = [](napi_env, void* data, void*) {
    auto* given = static_cast<Handle*>(data);
    given->Drop();
    delete given;
  };
  return External(env, handle, finalize, kHoldingTag);
}

/// A copy of the bytes of a schema's metadata; null for none, false for what can't be read.
napi_value Metadata(napi_env env, const ArrowSchema& schema) {
  napi_value value = nullptr;
  size_t nbytes = 0;
  if (schema.metadata == nullptr) {
    napi_get_null(env, &value);
  } else if (!MetadataSize(schema.metadata, &nbytes) ||
             napi_create_buffer_copy(env, nbytes, schema.metadata, nullptr, &value) != napi_ok) {
    napi_get_boolean(env, false, &value);
  }
  return value;
}

/// [format, name, flags, length, null count, offset, [buffer addresses], [children], dictionary or null,
/// metadata, what is wrong with this array or null]
napi_value Describe(napi_env env, const ArrowSchema& schema, const ArrowArray& array, int level) {
  constexpr uint32_t kParts = 11;
  mv_error fault;
  mv_error_init(&fault);
  const bool sound = NodeFault(schema, array, level, &fault) == MV_OK;
  napi_value null = nullptr;
  napi_value list = nullptr;
  napi_value buffers = nullptr;
  napi_value children = nullptr;
  napi_get_null(env, &null);
  napi_create_array_with_length(env, kParts, &list);
  napi_create_array(env, &buffers);
  napi_create_array(env, &children);
  const auto nested = [&](const ArrowSchema& part_schema, const ArrowArray& part, napi_value into,
                          uint32_t at) {
    napi_handle_scope scope = nullptr;
    napi_open_handle_scope(env, &scope);
    napi_set_element(env, into, at, Describe(env, part_schema, part, level + 1));
    napi_close_handle_scope(env, scope);
  };
  for (int64_t i = 0; sound && i < array.n_buffers; ++i) {
    napi_set_element(env, buffers, static_cast<uint32_t>(i),
                     Number(env, static_cast<double>(reinterpret_cast<uintptr_t>(array.buffers[i]))));
  }
  for (int64_t i = 0; sound && i < array.n_children; ++i) {
    nested(*schema.children[i], *array.children[i], children, static_cast<uint32_t>(i));
  }
  const napi_value parts[kParts] = {Text(env, schema.format == nullptr ? "" : schema.format),
                                    Text(env, schema.name == nullptr ? "" : schema.name),
                                    Number(env, static_cast<double>(schema.flags)),
                                    Number(env, sound ? static_cast<double>(array.length) : 0),
                                    Number(env, static_cast<double>(array.null_count)),
                                    Number(env, sound ? static_cast<double>(array.offset) : 0),
                                    buffers,
                                    children,
                                    null,
                                    Metadata(env, schema),
                                    sound ? null : Text(env, fault.message)};
  for (uint32_t i = 0; i < kParts; ++i) napi_set_element(env, list, i, parts[i]);
  if (sound && array.dictionary != nullptr) nested(*schema.dictionary, *array.dictionary, list, 8);
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
  return Describe(env, *schema, *array, 0);
}

// (both addresses) → the holding; the array is moved into it, the schema released. Or a refusal, or a status
napi_value TakeArray(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  auto* schema = AtAddress<ArrowSchema>(env, arguments[0]);
  auto* array = AtAddress<ArrowArray>(env, arguments[1]);
  if (schema == nullptr || array == nullptr || schema->release == nullptr || array->release == nullptr) {
    return Number(env, Status::kBadArgument);
  }
  mv_error error;
  mv_error_init(&error);
  if (CheckArray(*schema, *array, &error) != MV_OK) return Refusal(env, error);
  const napi_value holding = HoldingToJs(env, *schema, *array);
  if (array->release != nullptr) return holding;  // without memory the structs stay as they were
  schema->release(schema);
  schema->release = nullptr;
  return holding;
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
  auto* stream = new (std::nothrow) Stream;
  if (stream == nullptr) return Number(env, Status::kOutOfMemory);
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
  napi_set_element(env, pair, 0, Describe(env, stream->schema, array, 0));
  const napi_value holding = HoldingToJs(env, stream->schema, array);
  if (array.release != nullptr) {
    array.release(&array);
    return holding;
  }
  napi_set_element(env, pair, 1, holding);
  return pair;
}

// (stream): releases it now
napi_value CloseStream(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  if (auto* stream = static_cast<Stream*>(Tagged(env, arguments[0], kStreamTag))) stream->Close();
  return nullptr;
}

}  // namespace

void ExportArrowImport(Environment& home, napi_value exports) {
  napi_env env = home.env();
  SetFunction(env, exports, "describeArray", DescribeArray, &home);
  SetFunction(env, exports, "takeArray", TakeArray, &home);
  SetFunction(env, exports, "adoptBuffer", AdoptBuffer, &home);
  SetFunction(env, exports, "dropArray", DropArray, &home);
  SetFunction(env, exports, "takeStream", TakeStream, &home);
  SetFunction(env, exports, "nextArray", NextArray, &home);
  SetFunction(env, exports, "closeStream", CloseStream, &home);
}

}  // namespace mv
