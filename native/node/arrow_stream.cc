// Arrow streams of ours as JS makes them.
//
// The struct's place belongs to an external, the queue of batches to another and to the struct, which C may
// move out. A maker belongs to its queue. Its thread-safe function holds the queue until the runtime has
// closed it: after the consumer's release, or at the end of the environment, which fails what still waits.
#include "../capi/arrow_stream.h"

#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <thread>
#include <utility>

#include "../core/system.h"
#include "adoption.h"
#include "arrow_values.h"
#include "exports.h"

namespace mv {
namespace {

constexpr napi_type_tag kQueueTag = {0x2b90f4d6c8137ea5ull, 0xe6815d3b4c70a92full};
constexpr napi_type_tag kOutgoingTag = {0x5d1e8c27a4f39b60ull, 0x97c2e05f6ab1d834ull};

/// What a stream asks of JS: by a call on its own thread, by a thread-safe function from any other.
class JsBatchMaker final : public BatchMaker {
 public:
  /// What JS is asked for; the numbers are those of src/interop/arrow-stream-out.ts. A message of the
  /// thread-safe function is the number itself, so that none has to be allocated.
  enum Request : uintptr_t { kMake = 0, kClose = 1 };

  JsBatchMaker(Napi::Function make, std::shared_ptr<Mailbox> mailbox)
      : env_(make.Env()), mailbox_(std::move(mailbox)), make_(Napi::Persistent(make)) {}

  /// Makes the function by which other threads ask, and `queue` learns that the environment has ended. False
  /// where the runtime refuses.
  bool Open(BatchQueue* queue) {
    sender_ = Sender::New(
        env_, make_.Value(), "memoryview.arrow", 0, 1, queue,
        [](Napi::Env, JsBatchMaker* self, BatchQueue* served) {
          {
            const std::lock_guard<std::mutex> lock(self->mutex_);
            self->open_ = false;
          }
          self->make_.Reset();
          served->Fail("the thread of JavaScript has ended");
          served->Drop();  // which may delete the maker
        },
        this);
    open_ = !env_.IsExceptionPending();
    if (open_) {
      queue->Ref();  // for the finalizer, which comes on this thread, later
      sender_.Unref(env_);
    } else {
      raw::DropException(env_);
    }
    return open_;
  }

  bool Here() const override { return std::this_thread::get_id() == thread_; }
  bool Make() override {
    const int here = 0;
    if (!OnThreadStack(&here)) return false;
    const Napi::HandleScope scope(env_);
    return !make_.IsEmpty() && Call(env_, make_.Value(), kMake);
  }
  bool Ask() override { return Send(kMake, false); }
  void Close() override { Send(kClose, true); }

 private:
  /// False where JS can't run; the function itself throws nothing.
  static bool Call(Napi::Env env, Napi::Function make, Request request) {
    const Napi::Number number = Napi::Number::New(env, static_cast<double>(request));
    if (!raw::Call(make, env.Undefined(), {number}).IsEmpty()) return true;
    raw::DropException(env);
    return false;
  }

  static void Deliver(Napi::Env env, Napi::Function make, BatchQueue*, void* message) {
    // Without an environment the runtime only empties its queue.
    if (env != nullptr && make != nullptr)
      Call(env, make, static_cast<Request>(reinterpret_cast<uintptr_t>(message)));
  }

  using Sender = Napi::TypedThreadSafeFunction<BatchQueue, void, Deliver>;

  bool Send(Request request, bool last) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!open_) return false;
    // Not every runtime takes the function away at the end of the environment, which the mailbox knows.
    const bool sent =
        !mailbox_->IsClosed() && sender_.NonBlockingCall(reinterpret_cast<void*>(request)) == napi_ok;
    if (last) {
      open_ = false;
      sender_.Release();
    }
    return sent;
  }

  const Napi::Env env_;
  const std::shared_ptr<Mailbox> mailbox_;
  const std::thread::id thread_ = std::this_thread::get_id();
  Napi::FunctionReference make_;
  std::mutex mutex_;
  Sender sender_;      // guarded by mutex_
  bool open_ = false;  // guarded by mutex_
};

BatchQueue* QueueOf(Napi::Value value) { return static_cast<BatchQueue*>(raw::ReadTagged(value, kQueueTag)); }

// (function that makes a batch, or null; milliseconds that other threads wait) → [external that keeps the
// struct, address of the ArrowArrayStream, external of the queue], or a status. The function may reach the
// queue, but not what keeps the struct, or a stream that nothing else knows would never end.
Napi::Value OpenStream(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  uint64_t wait = 0;
  if (!ReadCount(info[1], wait) || !(info[0].IsNull() || info[0].IsFunction())) {
    return Answer(env, Status::kBadArgument);
  }
  std::unique_ptr<JsBatchMaker> made;
  if (info[0].IsFunction())
    made = std::make_unique<JsBatchMaker>(info[0].As<Napi::Function>(), EnvironmentOf(info).mailbox());
  JsBatchMaker* maker = made.get();
  const auto drop_queue = [](BatchQueue* given) { given->Drop(); };
  std::unique_ptr<BatchQueue, decltype(drop_queue)> queue(BatchQueue::Make(maker, wait), drop_queue);
  if (queue == nullptr) return Answer(env, Status::kOutOfMemory);
  made.release();  // the queue owns it
  const auto give_back = [](StreamPlace* given) { StreamPlace::GiveBack(given); };
  std::unique_ptr<StreamPlace, decltype(give_back)> place(StreamPlace::Open(*queue), give_back);
  if (place == nullptr) return Answer(env, Status::kOutOfMemory);
  // Last of what may fail: a thread-safe function keeps what the maker refers to until the stream is
  // released.
  if (maker != nullptr && !maker->Open(queue.get())) return Answer(env, Status::kOutOfMemory);
  const ArrowArrayStream* address = place->stream();
  const auto drop = [](napi_env, void* data, void*) { static_cast<BatchQueue*>(data)->Drop(); };
  const auto finalize = [](napi_env, void* data, void*) {
    StreamPlace::GiveBack(static_cast<StreamPlace*>(data));
  };
  const Napi::Value feeder = External(env, queue.release(), drop, kQueueTag);
  const Napi::Value kept = External(env, place.release(), finalize, kOutgoingTag);
  if (!feeder.IsExternal() || !kept.IsExternal()) return Answer(env, Status::kOutOfMemory);
  const Napi::Array list = Napi::Array::New(env);
  list.Set(uint32_t{0}, kept);
  list.Set(uint32_t{1}, Address(env, address));
  list.Set(uint32_t{2}, feeder);
  return list;
}

// (queue, address of an ArrowSchema, address of an ArrowArray) → a status, or a refusal; moves the batch in
Napi::Value PushBatch(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  BatchQueue* queue = QueueOf(info[0]);
  auto* schema = AtAddress<ArrowSchema>(info[1]);
  auto* array = AtAddress<ArrowArray>(info[2]);
  if (queue == nullptr || schema == nullptr || array == nullptr) return Answer(env, Status::kBadArgument);
  mv_error error;
  mv_error_init(&error);
  if (schema->release == nullptr || array->release == nullptr) {
    mv_fail(&error, MV_RELEASED, "was released or moved away, expected a live one");
    return Refusal(env, error);
  }
  if (queue->Push(*schema, *array, &error) != MV_OK) return Refusal(env, error);
  return Answer(env, Status::kOk);
}

// (queue, what failed or null): no batch follows
Napi::Value EndStream(const Napi::CallbackInfo& info) {
  BatchQueue* queue = QueueOf(info[0]);
  if (queue == nullptr) return Answer(info.Env(), Status::kBadArgument);
  std::string message;
  if (raw::Read(info[1], message)) {
    queue->Fail(message.c_str());
  } else {
    queue->End();
  }
  return info.Env().Undefined();
}

// (stream): releases it where it was not moved out
Napi::Value ReleaseStream(const Napi::CallbackInfo& info) {
  if (auto* place = static_cast<StreamPlace*>(raw::ReadTagged(info[0], kOutgoingTag))) place->Release();
  return info.Env().Undefined();
}

}  // namespace

void ExportArrowStream(Environment& environment, Napi::Object to) {
  raw::Export<OpenStream>(to, "openStream", &environment);
  raw::Export<PushBatch>(to, "pushBatch", &environment);
  raw::Export<EndStream>(to, "endStream", &environment);
  raw::Export<ReleaseStream>(to, "releaseStream", &environment);
}

}  // namespace mv
