// Work on the runtime's thread pool that settles a promise.
//
// A work belongs to its maker until Start, and then to the runtime, which deletes it once it is complete, or
// without a result where the environment ends first. Execute runs on a thread of the pool; all else runs on
// the environment's own thread.
#ifndef MEMORYVIEW_NODE_PROMISE_WORK_H_
#define MEMORYVIEW_NODE_PROMISE_WORK_H_

#include <napi.h>

#include <memory>
#include <optional>

#include "raw.h"

namespace mv {

class PromiseWork : public Napi::AsyncWorker {
 public:
  /// Queues the work; its promise. Nothing, with the exception pending, where the runtime made no work.
  static Napi::Value Start(std::unique_ptr<PromiseWork> work) {
    const Napi::Env env = work->Env();
    if (env.IsExceptionPending()) return {};
    // Not before: the runtime keeps a promise that is never settled until the environment ends.
    const Napi::Promise promise = work->deferred_.emplace(env).Promise();
    work.release()->Queue();
    return promise;
  }

 protected:
  PromiseWork(Napi::Env env, const char* name) : AsyncWorker(env, name) {}

  /// What the promise is resolved with.
  virtual Napi::Value Result() = 0;

 private:
  void OnOK() final { deferred_->Resolve(Result()); }

  std::optional<raw::Deferred> deferred_;
};

}  // namespace mv

#endif  // MEMORYVIEW_NODE_PROMISE_WORK_H_
