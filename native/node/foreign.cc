// Wraps foreign pointers for JS, and delivers events of single blocks to a listener.
//
// A ForeignBlock holds the address and the C function that frees it, which its end calls on any thread.
// If a JS function frees the memory, the end only records the block's id in a process-wide table, and JS
// calls that function later. All functions for JS run on the environment's own thread.
#include <functional>
#include <mutex>
#include <new>
#include <unordered_map>
#include <utility>

#include "../core/foreign_memory.h"
#include "../core/forever.h"
#include "../core/new_or.h"
#include "exports.h"

namespace mv {
namespace {

/// The foreign blocks whose memory a JS function frees, and whether they have ended. Process-wide and never
/// destroyed, since a block may end on any thread at any time. Expect makes the place in which End notes it,
/// so the end of a block allocates nothing.
class PendingReleases {
 public:
  static PendingReleases& Get() { return Forever<PendingReleases>(); }

  void Expect(uint64_t id) {
    std::lock_guard<std::mutex> lock(mutex_);
    ended_.emplace(id, false);
  }
  void End(uint64_t id) {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto found = ended_.find(id);
    if (found != ended_.end()) found->second = true;
  }
  /// Whether the block has ended; it is forgotten then.
  bool Take(uint64_t id) {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto found = ended_.find(id);
    if (found == ended_.end() || !found->second) return false;
    ended_.erase(found);
    return true;
  }
  void Forget(uint64_t id) {
    std::lock_guard<std::mutex> lock(mutex_);
    ended_.erase(id);
  }

 private:
  std::mutex mutex_;
  std::unordered_map<uint64_t, bool> ended_;  // guarded by mutex_
};

using CRelease = void (*)(void* data, void* arg);

/// What a program states about memory that it wraps.
struct Wrapped {
  uint64_t address = 0;
  uint64_t nbytes = 0;
  uint64_t fn = 0;
  uint64_t arg = 0;
  bool notifies = false;
  std::string label{};

  void* data() const { return reinterpret_cast<void*>(address); }
};

/// A block, not armed yet, and the function that its end must call, if any. Null where there is no memory for
/// either.
ForeignBlock* MakeBlock(Environment& environment, const Wrapped& given, std::function<void()>& release) {
  auto* block = NewOr<ForeignBlock>([] {}, given.data(), given.nbytes, given.label);
  if (block == nullptr) return nullptr;
  if (given.fn == 0 && !given.notifies) return block;
  const uint64_t id = block->id();
  try {
    release = [fn = given.fn, data = given.data(), arg = given.arg, notifies = given.notifies, id,
               events = environment.block_events()] {
      // SAFETY: the caller says that it is a function of this type, good for this memory, in any thread.
      if (fn != 0) reinterpret_cast<CRelease>(fn)(data, reinterpret_cast<void*>(arg));
      if (!notifies) return;
      PendingReleases::Get().End(id);
      events->Post(id);
    };
    if (given.notifies) PendingReleases::Get().Expect(id);
  } catch (const std::bad_alloc&) {
    block->Drop();
    return nullptr;
  }
  return block;
}

// (address, nbytes, whether the listener hears of the end, label?, fn?, arg) → the ArrayBuffer, or a status;
// results: id, address.
Napi::Value WrapPointer(const Napi::CallbackInfo& info) {
  Environment& environment = EnvironmentOf(info);
  Wrapped given;
  if (!ReadCount(info[0], given.address) || given.address == 0 || !ReadCount(info[1], given.nbytes) ||
      !raw::Read(info[2], given.notifies)) {
    return Answer(info.Env(), Status::kBadArgument);
  }
  raw::Read(info[3], given.label);
  const bool has_release = !info[4].IsUndefined();
  if (has_release && (!raw::ReadBigint(info[4], given.fn) || !raw::ReadBigint(info[5], given.arg))) {
    return Answer(info.Env(), Status::kBadArgument);
  }
  std::function<void()> release;
  ForeignBlock* block = MakeBlock(environment, given, release);
  if (block == nullptr) return Answer(info.Env(), Status::kOutOfMemory);
  block->Ref();  // Allocate drops the block where the runtime refuses the ArrayBuffer
  const Napi::Value answer = environment.Allocate(given.nbytes, [&] { return block; });
  if (answer.IsArrayBuffer()) {
    block->Arm(std::move(release));
  } else {
    PendingReleases::Get().Forget(block->id());
  }
  block->Unref();
  return answer;
}

// (id) → whether the block has ended, true once only
Napi::Value TakeEnded(const Napi::CallbackInfo& info) {
  uint64_t id = 0;
  const bool ended = ReadCount(info[0], id) && PendingReleases::Get().Take(id);
  return Napi::Boolean::New(info.Env(), ended);
}

// (listener): the function that is called with the id of a block whose event has come.
Napi::Value SetListener(const Napi::CallbackInfo& info) {
  if (info[0].IsFunction()) EnvironmentOf(info).block_events()->Open(info[0].As<Napi::Function>());
  return {};
}

}  // namespace

void ExportForeign(Environment& environment, Napi::Object to) {
  raw::Export<WrapPointer>(to, "wrapPointer", &environment);
  raw::Export<TakeEnded>(to, "takeEnded", &environment);
  raw::Export<SetListener>(to, "setListener", &environment);
}

}  // namespace mv
