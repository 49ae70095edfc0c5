// Arrow streams of other libraries as JS has them.
//
// A stream belongs to its external and to the pull that is under way on the thread pool. While that lasts,
// nothing else touches it; a release meanwhile happens once the pull is done.
#include <memory>
#include <utility>

#include "adoption.h"
#include "arrow_reading.h"
#include "arrow_values.h"
#include "exports.h"
#include "promise_work.h"

namespace mv {
namespace {

constexpr napi_type_tag kStreamTag = {0x83b5d7f91c0e2a46ull, 0x4e9a6c318f7b52d0ull};

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

  /// Asks for the schema, once.
  int32_t ReadSchema(mv_error* error) {
    if (schema.release != nullptr) return MV_OK;
    if (stream.release == nullptr) {
      return mv_fail(error, MV_RELEASED, "was released, expected a live one");
    }
    const int code = stream.get_schema(&stream, &schema);
    return code == 0 ? MV_OK : Failure(code, error);
  }

  /// The next array, on any thread; released at the end. An array that can't be walked is given back.
  int32_t Pull(ArrowArray& array, mv_error* error) {
    mv_error_init(error);
    array = {};
    if (stream.release == nullptr) return MV_OK;
    if (const int32_t status = ReadSchema(error); status != MV_OK) return status;
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
class PullWork final : public PromiseWork {
 public:
  PullWork(Napi::Env env, SharedStream stream)
      : PromiseWork(env, "memoryview arrow"), stream_(std::move(stream)) {
    stream_->busy = true;
  }
  // The environment may end before there is an answer.
  ~PullWork() override {
    stream_->busy = false;
    if (array_.release != nullptr) array_.release(&array_);
  }

 protected:
  void Execute() override { status_ = stream_->Pull(array_, &error_); }
  Napi::Value Result() override {
    stream_->busy = false;
    const Napi::Value result = PulledToJs(Env(), *stream_, status_, array_, error_);
    if (stream_->closing) stream_->Close();
    return result;
  }

 private:
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

// (stream) → a description of the schema; or a refusal, or a status
Napi::Value StreamSchema(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const SharedStream stream = StreamOf(info[0]);
  if (stream == nullptr) return Answer(env, Status::kBadArgument);
  mv_error error;
  if (RefuseBusy(*stream, &error)) return Refusal(env, error);
  if (stream->ReadSchema(&error) != MV_OK || CheckSchema(stream->schema, &error) != MV_OK) {
    return Refusal(env, error);
  }
  return DescribeSchema(env, stream->schema, 0);
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
  return PromiseWork::Start(std::make_unique<PullWork>(env, stream));
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

void ExportArrowPull(Environment& environment, Napi::Object to) {
  raw::Export<TakeStream>(to, "takeStream", &environment);
  raw::Export<StreamSchema>(to, "streamSchema", &environment);
  raw::Export<NextArray>(to, "nextArray", &environment);
  raw::Export<NextArrayLater>(to, "nextArrayLater", &environment);
  raw::Export<CloseStream>(to, "closeStream", &environment);
}

}  // namespace mv
