// The queue of batches between JS, which makes them, and C, which pulls them.
//
// A BatchQueue is counted: the place of the C struct holds one reference, JS another, and each call of C's
// one while it runs. One mutex protects a queue's state, another one all places. JS calls Push, End and Fail
// on its own thread; C calls the struct's functions on any thread. arrow_stream.h states who waits for whom.
#include "arrow_stream.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <new>
#include <utility>

#include "../core/forever.h"
#include "arrow_export.h"

namespace mv {
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
  if (!ended_ && failed_ == 0) failed_ = Fault(EIO, message);
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

int BatchQueue::Fault(int code, const char* message) {
  std::snprintf(message_, sizeof message_, "%s", message);
  return code;
}

int BatchQueue::Await(std::unique_lock<std::mutex>& lock) {
  // A release may come at any instant in which the lock is not held.
  const auto outcome = [this] {
    if (closed_) return Fault(EINVAL, "the stream is released");
    return head_ == nullptr ? failed_ : 0;
  };
  if (!Settled() && maker_ != nullptr && maker_->Here()) {
    if (making_) return Fault(EDEADLK, "the stream is pulled while it makes a batch");
    making_ = true;
    lock.unlock();
    const bool could = maker_->Make();
    lock.lock();
    making_ = false;
    if (!could && !Settled()) {
      return Fault(
          EDEADLK,
          "the stream was pulled on the thread of JavaScript, on a stack where that can't run; have the "
          "consumer called on another thread, or pass an array of batches");
    }
    if (!Settled()) {
      return Fault(
          EDEADLK,
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
      if (!posted && !Settled()) failed_ = Fault(EIO, "the thread of JavaScript has ended");
    }
    const std::chrono::milliseconds most(wait_milliseconds_);
    if (!changed_.wait_for(lock, most, [this] { return Settled(); })) {
      failed_ =
          Fault(ETIMEDOUT,
                "JavaScript made no batch in time; its thread may be blocked in the call that pulls the "
                "stream: make that call asynchronously, or pass an array of batches");
    }
  }
  return outcome();
}

int BatchQueue::TakeSchema(ArrowSchema& out) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (schema_.release == nullptr) {
    const int code = Await(lock);
    if (code != 0) return code;
  }
  if (schema_.release == nullptr) return Fault(EINVAL, "the stream has no batch, so that it has no schema");
  return CopySchema(schema_, out) ? 0 : Fault(ENOMEM, "the system refused memory");
}

int BatchQueue::TakeBatch(ArrowArray& out) {
  std::unique_lock<std::mutex> lock(mutex_);
  const int code = Await(lock);
  if (code != 0 || head_ == nullptr) return code;
  Batch* batch = head_;
  head_ = batch->next;
  if (head_ == nullptr) tail_ = nullptr;
  out = batch->array;
  delete batch;
  return 0;
}

bool BatchQueue::CopyError(char* to) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::memcpy(to, message_, kMessageBytes);
  return message_[0] != '\0';
}

void BatchQueue::Close() {
  std::unique_lock<std::mutex> lock(mutex_);
  closed_ = true;
  Batch* rest = TakeAll();
  changed_.notify_all();
  lock.unlock();
  ReleaseAll(rest);
  if (maker_ != nullptr) maker_->Close();
}

/// The places that are free, the longest unused first.
struct StreamPlace::Resting {
  StreamPlace* oldest = nullptr;
  StreamPlace* newest = nullptr;
  size_t count = 0;

  void Add(StreamPlace* place) {
    place->next_ = nullptr;
    (count == 0 ? oldest : newest->next_) = place;
    newest = place;
    ++count;
  }
  StreamPlace* Take() {
    if (count <= kRested) return nullptr;
    --count;
    return std::exchange(oldest, oldest->next_);
  }
};

std::mutex& StreamPlace::Lock() { return Forever<std::mutex>(); }

StreamPlace* StreamPlace::Open(BatchQueue& queue) {
  const std::lock_guard<std::mutex> lock(Lock());
  StreamPlace* place = Forever<Resting>().Take();
  if (place == nullptr) place = new (std::nothrow) StreamPlace;
  if (place == nullptr) return nullptr;
  queue.Ref();
  place->queue_ = &queue;
  place->kept_ = true;
  place->stream_ = {GetSchema, GetNext, GetLastError, ReleaseStream, place};
  return place;
}

StreamPlace::Held StreamPlace::QueueOf(const ArrowArrayStream* stream) {
  const std::lock_guard<std::mutex> lock(Lock());
  // SAFETY: private_data is the place, also in copies of the struct, and places are never freed.
  BatchQueue* queue = static_cast<const StreamPlace*>(stream->private_data)->queue_;
  if (queue != nullptr) queue->Ref();
  return {queue, [](BatchQueue* held) { held->Drop(); }};
}

BatchQueue* StreamPlace::Detach() {
  BatchQueue* queue = std::exchange(queue_, nullptr);
  if (queue == nullptr) return nullptr;
  stream_.release = nullptr;
  if (!kept_) Forever<Resting>().Add(this);
  return queue;
}

// Without the lock: a release runs code that is not ours.
void StreamPlace::End(BatchQueue* queue) {
  if (queue == nullptr) return;
  queue->Close();
  queue->Drop();
}

void StreamPlace::Release() {
  BatchQueue* queue = nullptr;
  {
    const std::lock_guard<std::mutex> lock(Lock());
    if (stream_.release != nullptr) queue = Detach();
  }
  End(queue);
}

void StreamPlace::GiveBack(StreamPlace* place) {
  BatchQueue* queue = nullptr;
  {
    const std::lock_guard<std::mutex> lock(Lock());
    place->kept_ = false;
    if (place->queue_ == nullptr) {
      Forever<Resting>().Add(place);
    } else if (place->stream_.release != nullptr) {
      queue = place->Detach();
    }
  }
  End(queue);
}

// Where a call fails, `out` is a released struct: DuckDB reads it without a look at the returned code.
int StreamPlace::GetSchema(ArrowArrayStream* self, ArrowSchema* out) {
  *out = {};
  const Held queue = QueueOf(self);
  return queue == nullptr ? EINVAL : queue->TakeSchema(*out);
}

int StreamPlace::GetNext(ArrowArrayStream* self, ArrowArray* out) {
  *out = {};
  const Held queue = QueueOf(self);
  return queue == nullptr ? EINVAL : queue->TakeBatch(*out);
}

const char* StreamPlace::GetLastError(ArrowArrayStream* self) {
  // Of the thread, so that the text outlives a queue that another thread releases.
  static thread_local char message[BatchQueue::kMessageBytes];
  const Held queue = QueueOf(self);
  if (queue == nullptr) return "the stream is released";
  return queue->CopyError(message) ? message : nullptr;
}

void StreamPlace::ReleaseStream(ArrowArrayStream* self) {
  // SAFETY: as in QueueOf.
  auto* place = static_cast<StreamPlace*>(self->private_data);
  self->release = nullptr;
  BatchQueue* queue = nullptr;
  {
    const std::lock_guard<std::mutex> lock(Lock());
    queue = place->Detach();
  }
  End(queue);
}

}  // namespace mv
