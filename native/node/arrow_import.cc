// Arrow arrays and streams of other libraries as JS has them: descriptions, and buffers as memory.
//
// A stream belongs to its external and to the pull that is under way on the thread pool. While that lasts,
// nothing else touches it; a release meanwhile happens once the pull is done.
#include "../capi/arrow_import.h"

#include <iterator>
#include <memory>
#include <new>

#include "adoption.h"
#include "arrow_values.h"
#include "exports.h"

namespace mv {
namespace {

constexpr napi_type_tag kHoldingTag = {0x1f6c4b0a9d2e7358ull, 0xc27d91e35b80f46aull};
constexpr napi_type_tag kStreamTag = {0x83b5d7f91c0e2a46ull, 0x4e9a6c318f7b52d0ull};

/// JS's reference of a holding, until it drops it or loses it.
struct Handle {
  ArrowHolding* holding;

  void Drop() {
    if (holding != nullptr) holding->Drop();
    holding = nullptr;
  }
};

/// Moves the array into a holding for JS; a status, and the array where it was, without memory.
Napi::Value HoldingToJs(Napi::Env env, const ArrowSchema& schema, ArrowArray& array) {
  auto* handle = new (std::nothrow) Handle{nullptr};
  if (handle != nullptr) handle->holding = ArrowHolding::Take(schema, array);
  if (handle == nullptr || handle->holding == nullptr) {
    delete handle;
    return Answer(env, Status::kOutOfMemory);
  }
  const auto finalize = [](napi_env, void* data, void*) {
    auto* given = static_cast<Handle*>(data);
    given->Drop();
    delete given;
  };
  return External(env, handle, finalize, kHoldingTag);
}

Handle* HandleOf(Napi::Value value) { return static_cast<Handle*>(raw::ReadTagged(value, kHoldingTag)); }

/// A copy of the bytes of a schema's metadata; null for none, false if unreadable.
Napi::Value Metadata(Napi::Env env, const ArrowSchema& schema) {
  size_t nbytes = 0;
  if (schema.metadata == nullptr) return env.Null();
  if (!MetadataSize(schema.metadata, &nbytes)) return Napi::Boolean::New(env, false);
  return Napi::Buffer<char>::Copy(env, schema.metadata, nbytes);
}

/// [format, name, flags, length, null count, offset, [buffer addresses], [children], dictionary or null,
/// metadata, the fault of this array or null]
Napi::Array Describe(Napi::Env env, const ArrowSchema& schema, const ArrowArray& array, int level) {
  constexpr uint32_t kDictionary = 8;
  mv_error fault;
  mv_error_init(&fault);
  const bool sound = NodeFault(schema, array, level, &fault) == MV_OK;
  const Napi::Array buffers = Napi::Array::New(env);
  const Napi::Array children = Napi::Array::New(env);
  const auto nested = [&](const ArrowSchema& part_schema, const ArrowArray& part, Napi::Array into,
                          uint32_t at) {
    const Napi::HandleScope scope(env);
    into.Set(at, Describe(env, part_schema, part, level + 1));
  };
  for (int64_t i = 0; sound && i < array.n_buffers; ++i) {
    buffers.Set(static_cast<uint32_t>(i),
                Answer(env, static_cast<double>(reinterpret_cast<uintptr_t>(array.buffers[i]))));
  }
  for (int64_t i = 0; sound && i < array.n_children; ++i) {
    nested(*schema.children[i], *array.children[i], children, static_cast<uint32_t>(i));
  }
  const Napi::Value parts[] = {
      Napi::String::New(env, schema.format == nullptr ? "" : schema.format),
      Napi::String::New(env, schema.name == nullptr ? "" : schema.name),
      Answer(env, static_cast<double>(schema.flags)),
      Answer(env, sound ? static_cast<double>(array.length) : 0),
      Answer(env, static_cast<double>(array.null_count)),
      Answer(env, sound ? static_cast<double>(array.offset) : 0),
      buffers,
      children,
      env.Null(),
      Metadata(env, schema),
      sound ? env.Null() : Napi::Value(Napi::String::New(env, fault.message)),
  };
  const Napi::Array list = Napi::Array::New(env, std::size(parts));
  for (uint32_t i = 0; i < std::size(parts); ++i) list.Set(i, parts[i]);
  if (sound && array.dictionary != nullptr) nested(*schema.dictionary, *array.dictionary, list, kDictionary);
  return list;
}

// (address of an ArrowSchema, address of an ArrowArray) → a description, or a refusal; moves nothing
Napi::Value DescribeArray(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto* schema = AtAddress<ArrowSchema>(info[0]);
  const auto* array = AtAddress<ArrowArray>(info[1]);
  if (schema == nullptr || array == nullptr) return Answer(env, Status::kBadArgument);
  mv_error error;
  mv_error_init(&error);
  if (CheckArray(*schema, *array, &error) != MV_OK) return Refusal(env, error);
  return Describe(env, *schema, *array, 0);
}

// (both addresses) → the holding; the array is moved into it, the schema released. Or a refusal, or a status
Napi::Value TakeArray(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* schema = AtAddress<ArrowSchema>(info[0]);
  auto* array = AtAddress<ArrowArray>(info[1]);
  if (schema == nullptr || array == nullptr || schema->release == nullptr || array->release == nullptr) {
    return Answer(env, Status::kBadArgument);
  }
  mv_error error;
  mv_error_init(&error);
  if (CheckArray(*schema, *array, &error) != MV_OK) return Refusal(env, error);
  const Napi::Value holding = HoldingToJs(env, *schema, *array);
  if (array->release != nullptr) return holding;  // without memory the structs stay as they were
  schema->release(schema);
  schema->release = nullptr;
  return holding;
}

// (holding, address, nbytes, most, check) → as AdoptIntoJs
Napi::Value AdoptBuffer(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Handle* handle = HandleOf(info[0]);
  ArrowHolding* holding = handle == nullptr ? nullptr : handle->holding;
  uint64_t address = 0;
  uint64_t nbytes = 0;
  double most = 0;
  mv_view view;
  if (holding == nullptr || !ReadCount(info[1], address) || !ReadCount(info[2], nbytes) ||
      !raw::Read(info[3], most) ||
      !holding->BufferView(reinterpret_cast<const void*>(static_cast<uintptr_t>(address)), nbytes, &view)) {
    return Answer(env, Status::kBadArgument);
  }
  return AdoptIntoJs(EnvironmentOf(info), holding, view, most, info[4]);
}

// (holding): only its buffers keep the array now
Napi::Value DropArray(const Napi::CallbackInfo& info) {
  if (Handle* handle = HandleOf(info[0])) handle->Drop();
  return info.Env().Undefined();
}

/// A stream that was moved in, with the one schema of its arrays.
struct Stream {
  ArrowArrayStream stream{};
  ArrowSchema schema{};
  bool busy = false;     // a thread of the pool pulls it
  bool closing = false;  // to be released once that is done

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

  /// The stream's own message about its failure.
  int32_t Failure(int code, mv_error* error) {
    const char* said = stream.get_last_error == nullptr ? nullptr : stream.get_last_error(&stream);
    return mv_fail(error, MV_BAD_VIEW, "failed with errno %d: %s", code,
                   said == nullptr ? "it does not say why" : said);
  }

  /// The next array, on any thread; released at the end. An array that can't be walked is given back.
  int32_t Pull(ArrowArray& array, mv_error* error) {
    mv_error_init(error);
    array = {};
    if (stream.release == nullptr) return MV_OK;
    if (schema.release == nullptr) {
      const int code = stream.get_schema(&stream, &schema);
      if (code != 0) return Failure(code, error);
    }
    const int code = stream.get_next(&stream, &array);
    if (code != 0) {
      array = {};
      return Failure(code, error);
    }
    if (array.release == nullptr) return MV_OK;
    const int32_t status = CheckArray(schema, array, error);
    if (status != MV_OK) array.release(&array);
    return status;
  }
};

using SharedStream = std::shared_ptr<Stream>;

SharedStream StreamOf(Napi::Value value) {
  const auto* shared = static_cast<const SharedStream*>(raw::ReadTagged(value, kStreamTag));
  return shared == nullptr ? nullptr : *shared;
}

/// [description, holding]; null at the end; or a refusal, or a status. The stream is released at its end.
Napi::Value PulledToJs(Napi::Env env, Stream& stream, int32_t status, ArrowArray& array,
                       const mv_error& error) {
  if (status != MV_OK) return Refusal(env, error);
  if (array.release == nullptr) {
    stream.Close();
    return env.Null();
  }
  const Napi::Array pair = Napi::Array::New(env, 2);
  pair.Set(uint32_t{0}, Describe(env, stream.schema, array, 0));
  const Napi::Value holding = HoldingToJs(env, stream.schema, array);
  if (array.release != nullptr) {
    array.release(&array);
    return holding;
  }
  pair.Set(uint32_t{1}, holding);
  return pair;
}

/// One pull on the thread pool.
class PullWork final : public Napi::AsyncWorker {
 public:
  PullWork(Napi::Env env, SharedStream stream)
      : AsyncWorker(env, "memoryview arrow"),
        deferred_(Napi::Promise::Deferred::New(env)),
        stream_(std::move(stream)) {
    stream_->busy = true;
  }
  // The environment may end before there is an answer.
  ~PullWork() override {
    stream_->busy = false;
    if (array_.release != nullptr) array_.release(&array_);
  }

  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override { status_ = stream_->Pull(array_, &error_); }
  void OnOK() override {
    stream_->busy = false;
    deferred_.Resolve(PulledToJs(Env(), *stream_, status_, array_, error_));
    if (stream_->closing) stream_->Close();
  }

 private:
  const Napi::Promise::Deferred deferred_;
  const SharedStream stream_;
  ArrowArray array_{};
  mv_error error_{};
  int32_t status_ = MV_OK;
};

// (address of an ArrowArrayStream) → the stream, moved; or a refusal
Napi::Value TakeStream(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* given = AtAddress<ArrowArrayStream>(info[0]);
  if (given == nullptr) return Answer(env, Status::kBadArgument);
  mv_error error;
  mv_error_init(&error);
  if (given->release == nullptr) {
    mv_fail(&error, MV_RELEASED, "was released or moved away, expected a live one");
    return Refusal(env, error);
  }
  auto owner = std::make_unique<SharedStream>(std::make_shared<Stream>());
  (*owner)->stream = *given;
  given->release = nullptr;
  const auto finalize = [](napi_env, void* data, void*) { delete static_cast<SharedStream*>(data); };
  return External(env, owner.release(), finalize, kStreamTag);
}

/// A refusal while a pull is under way: the specification forbids two at once.
bool RefuseBusy(const Stream& stream, mv_error* error) {
  mv_error_init(error);
  if (stream.busy) mv_fail(error, MV_BUSY, "is being pulled, expected one pull at a time; await it first");
  return stream.busy;
}

// (stream) → as PulledToJs
Napi::Value NextArray(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const SharedStream stream = StreamOf(info[0]);
  if (stream == nullptr) return Answer(env, Status::kBadArgument);
  mv_error error;
  if (RefuseBusy(*stream, &error)) return Refusal(env, error);
  ArrowArray array;
  const int32_t status = stream->Pull(array, &error);
  return PulledToJs(env, *stream, status, array, error);
}

// (stream) → a promise of NextArray's result; or a refusal, or a status
Napi::Value NextArrayLater(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const SharedStream stream = StreamOf(info[0]);
  if (stream == nullptr) return Answer(env, Status::kBadArgument);
  mv_error error;
  if (RefuseBusy(*stream, &error)) return Refusal(env, error);
  auto work = std::make_unique<PullWork>(env, stream);
  if (env.IsExceptionPending()) return {};
  const Napi::Promise promise = work->promise();
  work.release()->Queue();
  return promise;
}

// (stream): releases it now, or once the pull that is under way is done
Napi::Value CloseStream(const Napi::CallbackInfo& info) {
  if (const SharedStream stream = StreamOf(info[0])) {
    if (stream->busy) {
      stream->closing = true;
    } else {
      stream->Close();
    }
  }
  return info.Env().Undefined();
}

}  // namespace

void ExportArrowImport(Environment& environment, Napi::Object to) {
  raw::Export<DescribeArray>(to, "describeArray", &environment);
  raw::Export<TakeArray>(to, "takeArray", &environment);
  raw::Export<AdoptBuffer>(to, "adoptBuffer", &environment);
  raw::Export<DropArray>(to, "dropArray", &environment);
  raw::Export<TakeStream>(to, "takeStream", &environment);
  raw::Export<NextArray>(to, "nextArray", &environment);
  raw::Export<NextArrayLater>(to, "nextArrayLater", &environment);
  raw::Export<CloseStream>(to, "closeStream", &environment);
}

}  // namespace mv
