// The queue of batches between JS, which makes them, and C, which pulls them.
//
// A BatchQueue is counted: the C struct holds one reference, JS another. One mutex protects its state.
// JS calls Push, End and Fail on its own thread; C calls the struct's functions on any thread.
// arrow_stream.h states who waits for whom.
#include "arrow_stream.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <new>
#include <utility>

#include "arrow_export.h"

namespace mv {
namespace {

// Null after the release: engines that keep a stream's address call its functions then, too.
BatchQueue* QueueOf(ArrowArrayStream* stream) { return static_cast<BatchQueue*>(stream->private_data); }

}  // namespace

BatchQueue* BatchQueue::Make(BatchMaker* maker, uint64_t wait_milliseconds) {
  return new (std::nothrow) BatchQueue(maker, wait_milliseconds);
}

BatchQueue::~BatchQueue() {
  ReleaseAll(head_);
  if (schema_.release != nullptr) schema_.release(&schema_);
}

void BatchQueue::Drop() {
  if (refs_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

void BatchQueue::Open(ArrowArrayStream& out) {
  Ref();
  out = {GetSchema, GetNext, GetLastError, ReleaseStream, this};
}

int32_t BatchQueue::Push(ArrowSchema& schema, ArrowArray& array, mv_error* error) {
  auto* batch = new (std::nothrow) Batch{array, nullptr};
  if (batch == nullptr) return mv_fail(error, MV_NO_MEMORY, "needs memory that the system refused");
  std::unique_lock<std::mutex> lock(mutex_);
  if (schema_.release != nullptr && !SameSchema(schema_, schema)) {
    delete batch;
    return mv_fail(error, MV_BAD_REQUEST, "has another schema than the first, expected one schema for all");
  }
  array.release = nullptr;
  if (schema_.release == nullptr) {
    schema_ = schema;
  } else {
    schema.release(&schema);
  }
  schema.release = nullptr;
  (tail_ == nullptr ? head_ : tail_->next) = batch;
  tail_ = batch;
  asked_ = false;
  Batch* unwanted = closed_ ? TakeAll() : nullptr;
  changed_.notify_all();
  lock.unlock();
  ReleaseAll(unwanted);
  return MV_OK;
}

void BatchQueue::End() {
  const std::lock_guard<std::mutex> lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

void BatchQueue::Fail(const char* message) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!ended_ && failed_ == 0) failed_ = Say(EIO, message);
  changed_.notify_all();
}

BatchQueue::Batch* BatchQueue::TakeAll() {
  tail_ = nullptr;
  return std::exchange(head_, nullptr);
}

// Without the lock: a release runs code that is not ours.
void BatchQueue::ReleaseAll(Batch* batch) {
  while (batch != nullptr) {
    Batch* next = batch->next;
    batch->array.release(&batch->array);
    delete batch;
    batch = next;
  }
}

int BatchQueue::Say(int code, const char* message) {
  std::snprintf(said_, sizeof said_, "%s", message);
  return code;
}

int BatchQueue::Await(std::unique_lock<std::mutex>& lock) {
  if (!Settled() && maker_ != nullptr && maker_->Here()) {
    if (making_) return Say(EDEADLK, "the stream is pulled while it makes a batch");
    making_ = true;
    lock.unlock();
    const bool could = maker_->Make();
    lock.lock();
    making_ = false;
    if (!could && !Settled()) {
      return Say(
          EDEADLK,
          "the stream was pulled on the thread of JavaScript, on a stack where that can't run; have the "
          "consumer called on another thread, or pass an array of batches");
    }
    if (!Settled()) {
      return Say(EDEADLK,
                 "the batches are asynchronous and the stream was pulled on the thread of JavaScript, which "
                 "makes them; have the consumer called on another thread");
    }
  }
  if (!Settled()) {
    if (!asked_) {
      asked_ = true;
      lock.unlock();
      const bool posted = maker_ != nullptr && maker_->Ask();
      lock.lock();
      if (!posted && !Settled()) failed_ = Say(EIO, "the thread of JavaScript has ended");
    }
    const std::chrono::milliseconds most(wait_milliseconds_);
    if (!changed_.wait_for(lock, most, [this] { return Settled(); })) {
      failed_ = Say(ETIMEDOUT,
                    "JavaScript made no batch in time; its thread may be blocked in the call that pulls the "
                    "stream: make that call asynchronously, or pass an array of batches");
    }
  }
  return head_ == nullptr ? failed_ : 0;
}

int BatchQueue::GetSchema(ArrowArrayStream* self, ArrowSchema* out) {
  BatchQueue* queue = QueueOf(self);
  if (queue == nullptr) return EINVAL;
  std::unique_lock<std::mutex> lock(queue->mutex_);
  if (queue->schema_.release == nullptr) {
    const int code = queue->Await(lock);
    if (code != 0) return code;
  }
  if (queue->schema_.release == nullptr) {
    return queue->Say(EINVAL, "the stream has no batch, so that it has no schema");
  }
  return CopySchema(queue->schema_, *out) ? 0 : queue->Say(ENOMEM, "the system refused memory");
}

int BatchQueue::GetNext(ArrowArrayStream* self, ArrowArray* out) {
  BatchQueue* queue = QueueOf(self);
  if (queue == nullptr) return EINVAL;
  std::unique_lock<std::mutex> lock(queue->mutex_);
  const int code = queue->Await(lock);
  if (code != 0) return code;
  Batch* batch = queue->head_;
  if (batch == nullptr) {
    out->release = nullptr;
    return 0;
  }
  queue->head_ = batch->next;
  if (queue->head_ == nullptr) queue->tail_ = nullptr;
  *out = batch->array;
  delete batch;
  return 0;
}

const char* BatchQueue::GetLastError(ArrowArrayStream* self) {
  BatchQueue* queue = QueueOf(self);
  if (queue == nullptr) return "the stream is released";
  const std::lock_guard<std::mutex> lock(queue->mutex_);
  return queue->said_[0] == '\0' ? nullptr : queue->said_;
}

void BatchQueue::ReleaseStream(ArrowArrayStream* self) {
  BatchQueue* queue = QueueOf(self);
  self->release = nullptr;
  self->private_data = nullptr;
  std::unique_lock<std::mutex> lock(queue->mutex_);
  queue->closed_ = true;
  Batch* rest = queue->TakeAll();
  lock.unlock();
  ReleaseAll(rest);
  if (queue->maker_ != nullptr) queue->maker_->Close();
  queue->Drop();
}

}  // namespace mv
