// Wakes one environment's JS from any thread.
//
// Shared by the environment and by those that may wake it later (a waiter in a block), each with a
// shared_ptr. It wraps a thread-safe function. Close, at the end of the environment, has later posts dropped:
// not every runtime takes the function away then (Deno). While an announced post is due it keeps the event
// loop alive, otherwise not. A message is the id itself, so that posting needs no memory.
#ifndef MEMORYVIEW_NODE_MAILBOX_H_
#define MEMORYVIEW_NODE_MAILBOX_H_

#include <napi.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace mv {

class Mailbox : public std::enable_shared_from_this<Mailbox> {
 public:
  /// Posts go to `function(id)`, on the environment's thread; after a further call to that function too. A
  /// program may load this package's JavaScript more than once over one addon, and each copy knows the ids
  /// that it waits for.
  void Open(Napi::Function function);
  /// Announces one post that a promise waits for; on the environment's thread.
  void Expect(Napi::Env env);
  /// Delivers one post, from any thread.
  void Post(uint64_t id);
  /// Has `task` run for each nudge, on the environment's thread, where this is called too.
  void OnNudge(std::function<void()> task) { task_ = std::move(task); }
  /// Asks for one run of the task, from any thread, also in the middle of a garbage collection.
  void Nudge();
  /// The environment has ended; on its thread.
  void Close();
  /// Whether it has, from any thread.
  bool IsClosed();

 private:
  void Send(uint64_t message);
  static void Deliver(Napi::Env env, Napi::Function function, Mailbox* self, void* message);
  using Sender = Napi::TypedThreadSafeFunction<Mailbox, void, &Mailbox::Deliver>;

  std::mutex mutex_;
  Sender sender_{};      // guarded by mutex_
  bool open_ = false;    // guarded by mutex_
  bool closed_ = false;  // guarded by mutex_
  // The rest is for the environment's thread only. References are never deleted: the mailbox may be freed
  // after the environment has ended, on any thread.
  std::vector<Napi::FunctionReference> functions_{};
  uint64_t expected_ = 0;
  std::function<void()> task_{};
};

}  // namespace mv

#endif  // MEMORYVIEW_NODE_MAILBOX_H_
