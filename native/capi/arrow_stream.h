// A stream of arrays that JS makes and C pulls.
//
// A BatchQueue is counted: the C struct holds one reference until its release, JS another. The struct's
// functions may be called on any thread, one at a time, as the specification has it; Push, End and Fail come
// from the thread of JS. A batch that is there is handed out on any thread. For one that is not there yet
// GetNext asks JS:
//
// - on the thread of JS itself it has JS make the batch within the call; what JS can't make at once (a
//   promise) is an error, since waiting would never end; so is a call on a stack that is not the thread's,
//   which the engine would take for an overflow;
// - on another thread it posts the question and waits, until the answer, the end of the environment, or the
//   time that was set. The thread of JS may be blocked in the very call that pulls; then only the time ends
//   it.
//
// Engines such as DuckDB keep the address of a struct, or copies of it, and move nothing out. Another thread
// may therefore call its functions while JS releases the stream, or after its environment has ended. So a
// struct refers to a StreamPlace, which is never freed and knows whether there is still a queue; each call
// takes a reference of its own; and a release ends a call that waits.
#ifndef MEMORYVIEW_CAPI_ARROW_STREAM_H_
#define MEMORYVIEW_CAPI_ARROW_STREAM_H_

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "arrow_abi.h"
#include "memoryview.h"

namespace mv {

/// How a queue reaches JS. Called without the queue's lock.
class BatchMaker {
 public:
  virtual ~BatchMaker() = default;
  /// Whether this is the thread of JS.
  virtual bool Here() const = 0;
  /// Has JS make one batch now; on its thread. False where JS can't run.
  virtual bool Make() = 0;
  /// Asks JS for one batch, from any thread; false where its environment has ended.
  virtual bool Ask() = 0;
  /// The consumer has released the stream; from any thread, once.
  virtual void Close() = 0;
};

class StreamPlace;

class BatchQueue {
 public:
  /// `maker`, which the queue owns: null where all batches are pushed before the stream is handed out. Null,
  /// and the maker the caller's, without memory.
  static BatchQueue* Make(BatchMaker* maker, uint64_t wait_milliseconds);

  void Ref() { refs_.fetch_add(1, std::memory_order_relaxed); }
  void Drop();

  /// Moves a batch in. MV_OK, or an error: it has another schema than the first, or there is no memory; then
  /// the batch stays where it was.
  int32_t Push(ArrowSchema& schema, ArrowArray& array, mv_error* error);
  void End();
  /// From now on GetNext returns this.
  void Fail(const char* message);

 private:
  static constexpr size_t kMessageBytes = 256;

  struct Batch {
    ArrowArray array;
    Batch* next;
  };

  BatchQueue(BatchMaker* maker, uint64_t wait_milliseconds)
      : maker_(maker), wait_milliseconds_(wait_milliseconds) {}
  ~BatchQueue();

  friend class StreamPlace;

  int TakeSchema(ArrowSchema& out);
  int TakeBatch(ArrowArray& out);
  /// Copies the last message to kMessageBytes bytes; false where there is none.
  bool CopyError(char* to);
  /// The consumer has released the stream.
  void Close();

  /// Waits until a batch is there, or the end, or a failure: 0, or an errno.
  int Await(std::unique_lock<std::mutex>& lock);
  /// Keeps the message for GetLastError, and returns `code`.
  int Fault(int code, const char* message);
  bool Settled() const { return head_ != nullptr || ended_ || failed_ != 0 || closed_; }
  Batch* TakeAll();
  static void ReleaseAll(Batch* batch);

  const std::unique_ptr<BatchMaker> maker_;
  const uint64_t wait_milliseconds_;
  std::atomic<uint32_t> refs_{1};
  std::mutex mutex_;
  std::condition_variable changed_;
  // All below is guarded by mutex_.
  Batch* head_ = nullptr;
  Batch* tail_ = nullptr;
  ArrowSchema schema_{};
  bool asked_ = false;
  bool making_ = false;
  bool ended_ = false;
  bool closed_ = false;
  int failed_ = 0;
  char message_[kMessageBytes] = {};
};

/// Where the struct of a stream lies, and what each copy of it refers to. A place outlives its stream, so
/// that an engine which kept the address is told that the stream is released. It serves another stream only
/// after kRested others have ended.
///
///   JS holds it, stream open ──release, by either──▶ JS holds it, stream closed ──GiveBack──▶ resting
///            └──GiveBack, where C moved the struct out──▶ C holds it, stream open ──release──────┘
class StreamPlace {
 public:
  static constexpr size_t kRested = 65536;

  /// A place with an open stream, which takes a reference of the queue; null without memory.
  static StreamPlace* Open(BatchQueue& queue);
  /// Releases the stream, unless C moved the struct out. On the thread of JS.
  void Release();
  /// JS needs the place no longer; releases the stream as above. From any thread.
  static void GiveBack(StreamPlace* place);

  const ArrowArrayStream* stream() const { return &stream_; }

 private:
  struct Resting;
  using Held = std::unique_ptr<BatchQueue, void (*)(BatchQueue*)>;

  static std::mutex& Lock();
  /// A counted reference to the queue; null once the stream is released.
  static Held QueueOf(const ArrowArrayStream* stream);
  static int GetSchema(ArrowArrayStream* self, ArrowSchema* out);
  static int GetNext(ArrowArrayStream* self, ArrowArray* out);
  static const char* GetLastError(ArrowArrayStream* self);
  static void ReleaseStream(ArrowArrayStream* self);
  /// Under the lock: takes the queue from the place, whose reference is the caller's now.
  BatchQueue* Detach();
  static void End(BatchQueue* queue);

  ArrowArrayStream stream_{};
  // All below is guarded by Lock().
  BatchQueue* queue_ = nullptr;
  bool kept_ = true;  ///< by JS
  StreamPlace* next_ = nullptr;
};

}  // namespace mv

#endif  // MEMORYVIEW_CAPI_ARROW_STREAM_H_
