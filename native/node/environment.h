// One environment (the main thread, or a worker) and the blocks that it has ArrayBuffers over.
//
// An Entry stands for one (environment, block). It holds one owner and one reference of the block. The table
// of the environment holds the entry while JS may name it by the block's id. The ArrayBuffer has two
// finalizers, of its backing store and of the object; they hold the entry until both have run, so the
// addresses of a block outlive everything in JS that may know them. Over memory of other libraries, whose
// addresses this library never reuses, the object gets its finalizer only when the entry becomes exposed.
//
// An entry becomes *exposed*, and stays so, once code outside of the library has had its ArrayBuffer or an
// array over it. Such code can move the backing store (ArrayBuffer.prototype.transfer, a byte stream,
// postMessage), and the environment does not learn of it. The death of an exposed ArrayBuffer object
// therefore proves nothing about the bytes; only both finalizers do. The death of an unexposed one does prove
// it, and then its weak reference reads empty.
//
//            Wrap               Expose                   both finalizers
//   (none) ───────▶ unexposed ──────────▶ exposed ─────────────────────────▶ finished
//                       │                    │                                  ▲
//                       │ Release, Reclaim   │ Release                          │
//                       └────────────────────┴──▶ ended, addresses stay ────────┘
//
// Both finalizers finish an entry in every state. None refers to a finished entry any more, so it may serve
// the next block (core/spares.h).
//
// Release detaches the ArrayBuffer. Where other code has moved it before, there is nothing to detach, and the
// memory is left to its finalizers. Reclaim runs each kReclaimEvery bytes of allocations, within one turn of
// the event loop.
//
// At the end of the environment the runtime runs the finalizers of all ArrayBuffers, so they prove
// nothing any more. An entry that is unexposed, or that Release has detached, gives back its bytes and
// its addresses. An exposed one may be read in another thread, so its addresses stay readable: this
// library's memory as zero pages, memory of other libraries as it is, with its deleter uncalled. Pinned
// memory of this library keeps its addresses too, because an operation of the runtime may be in flight
// over it. The last entry deletes the Environment object.
//
// Threads: everything runs on the environment's own thread, except the finalizers. Deno calls those of
// backing stores on a thread of V8's, in the middle of a garbage collection. A finalizer therefore only notes
// that it ran, and nudges the environment by its mailbox. The environment settles the notes when the nudge
// arrives, or before its next allocation or query.
//
// Some runtimes refuse ArrayBuffers over memory that the engine does not own (Electron). Create finds out.
// There nothing is wrapped: JS makes ArrayBuffers of the engine's and enrols them as blocks that only count
// (core/engine_memory.h). Those have the finalizer of the object only.
#ifndef MEMORYVIEW_NODE_ENVIRONMENT_H_
#define MEMORYVIEW_NODE_ENVIRONMENT_H_

#include <napi.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/block.h"
#include "../core/id_table.h"
#include "../core/spares.h"
#include "call.h"
#include "item_layouts.h"
#include "mailbox.h"
#include "results.h"

namespace mv {

class Environment;

/// A pin that JS holds.
struct HeldPin {
  std::string holder;
  uint64_t loan = 0;   // the number of the loan that it is for; 0 for none
  bool ended = false;  // the loan's object has been collected, but the bytes were moved
};

/// One environment's ArrayBuffer over one block.
struct Entry : Listed {
  Environment* environment = nullptr;
  Block* block = nullptr;     // null once the environment has dropped it, under its notes_mutex_, at its end
  napi_ref buffer = nullptr;  // weak; deleted by the environment, never inside a finalizer
  uint8_t fired = 0;          // finalizers that have run and are settled, or that never run
  bool owns = true;           // still counts as an owner of the block
  bool listed = false;        // in the environment's table
  bool released = false;      // we have detached the ArrayBuffer
  bool engines = false;       // the ArrayBuffer owns the memory
  bool chosen = false;        // by the release that is under way
  bool exposed = false;       // code outside of the library has had the ArrayBuffer
  uint64_t turn = 0;          // the turn of the event loop in which it was made
  std::vector<HeldPin> pins{};  // pinned from JS through this entry, dropped with it
  Block::Release begun{};       // while a release is under way: where the block stands
  Entry* before = nullptr;      // in the environment's list of entries whose finalizers have not both fired
  Entry* after = nullptr;
  uint8_t noted =
      0;  // finalizers that have run and are not settled; guarded by the environment's notes_mutex_
  Entry* next_noted = nullptr;  // in the environment's list of notes, while `noted` is not 0
};

class Environment {
 public:
  /// Bytes that may be allocated between two looks for dead ArrayBuffers.
  static constexpr uint64_t kReclaimEvery = 64 * 1024 * 1024;
  /// Bytes of exposed memory dropped in one turn of the event loop from which the program is warned.
  static constexpr uint64_t kWarnedFrom = 1024 * 1024 * 1024;
  /// Doubles that calls return beside their result; RESULT in src/engine/places.ts reads them.
  static constexpr size_t kResults = 32;

  /// Makes the environment's data, which the runtime owns from then on, and sets `external`, `results` and
  /// `layouts` of the exports. Null where the runtime refuses.
  static Environment* Create(Napi::Env env, Napi::Object exports);

  /// Takes over the caller's owner and reference of the block and wraps it in an ArrayBuffer of this
  /// environment. On failure both are dropped.
  Status Wrap(Block* block, Napi::Value& buffer);
  /// Makes a block of an ArrayBuffer that owns its memory. Results: id, address.
  Status Enrol(Napi::Value buffer, Kind kind, std::string_view label);
  /// Whether the runtime lets ArrayBuffers be made over memory that the engine does not own.
  bool external() const { return external_; }
  /// The live entry of that id, or null.
  Entry* Find(uint64_t id) const;
  /// The ArrayBuffer of the entry; empty once it is dead.
  Napi::Value BufferOf(const Entry& entry) const { return raw::ObjectOf(env_, entry.buffer); }

  /// Makes a block by `make` (called again after a reclaim where it returns null), and wraps it. Results: id,
  /// address.
  template <typename Make>
  Napi::Value Allocate(uint64_t nbytes, Make make) {
    if (!external_) return Answer(env_, Status::kNoExternal);
    BeforeAllocation(nbytes);
    Block* block = make();
    if (block == nullptr && Reclaim() != 0) block = make();
    if (block == nullptr) return Answer(env_, Status::kOutOfMemory);
    results_[Result::kId] = static_cast<double>(block->id());
    results_[Result::kAddress] = static_cast<double>(reinterpret_cast<uintptr_t>(block->base()));
    Napi::Value buffer;
    const Status status = Wrap(block, buffer);
    return status == Status::kOk ? buffer : Answer(env_, status);
  }

  /// Ends this environment's use of the blocks: detaches their ArrayBuffers and drops the owners. None of
  /// them while one is pinned. Results: the pins that forbid it, the id of the block that has them.
  Status Release(std::span<Entry* const> entries);
  /// Ends the parts of a slab, detaches its ArrayBuffer and makes another one over the same pages, cleared.
  /// The slab ends, and the status is kUnknown, where the block of a part still has them.
  Status Renew(Entry& entry, Napi::Value& buffer);
  /// The lane in which this environment counts the parts of its slabs; null where there is no memory for one.
  PartLane* lane();
  /// Notes that code outside of the library gets the ArrayBuffer.
  void Expose(Entry& entry);
  bool Pin(Entry& entry, std::string_view holder);
  /// Takes off a pin of that holder; of the latest one where the name is empty.
  bool Unpin(Entry& entry, std::string_view holder);
  /// Pins for the life of an object that JS hands out; the number of the loan, or 0 once the block is closed.
  uint64_t Lend(Entry& entry, std::string_view holder);
  /// Called when that object has been collected. Where its ArrayBuffer was moved, or is dead and may have
  /// been moved before, the pin stays until the backing store is freed.
  void EndLoan(uint64_t id, uint64_t loan);

  /// Settles what finalizers have noted. Cheap where they have noted nothing.
  void Settle();
  /// Called before an allocation: settles, and looks for dead ArrayBuffers when enough was allocated.
  void BeforeAllocation(uint64_t nbytes);
  /// Ends the blocks of unexposed ArrayBuffers that were made in this turn of the event loop and are dead;
  /// their number of bytes. Dead ones of earlier turns are left to their finalizers, which the event loop
  /// runs. Warns, once in the process, where exposed ones of kWarnedFrom bytes were dropped in this turn.
  uint64_t Reclaim();
  /// Called when the event loop has turned.
  void Turn() {
    fresh_.clear();
    dropped_ = 0;
    turn_ += 1;
  }

  /// Takes the function that warns of exposed memory dropped in a turn that does not end.
  void SetWarning(Napi::Function warning);
  /// Takes ArrayBuffer.prototype.transfer.
  void SetTransfer(Napi::Function transfer);
  /// Takes the function that detaches an ArrayBuffer which owns its memory, and returns another one that owns
  /// it then. That one has to live as long as the object that it was taken from: work of the runtime's own
  /// may be under way over the memory, and holds the object only.
  void SetRetire(Napi::Function retire);
  /// Takes the function that raises the error for a C++ allocation that failed.
  void SetOutOfMemory(Napi::Function raise);
  /// Has it called; the running call returns nothing then.
  void RaiseOutOfMemory() const;
  const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }
  /// For events of single blocks that no promise waits for: it never keeps the event loop alive.
  const std::shared_ptr<Mailbox>& block_events() const { return block_events_; }
  double* results() { return results_; }
  const double* layouts() const { return layouts_; }
  /// The same bytes, through which items at addresses are passed.
  double* scratch() { return layouts_; }
  Napi::Env env() const { return env_; }

 private:
  static constexpr size_t kMaxSpares = 1024;
  static constexpr uint8_t kStoreFired = 1;
  static constexpr uint8_t kObjectFired = 2;
  static constexpr uint8_t kBothFired = kStoreFired | kObjectFired;

  explicit Environment(Napi::Env env) : env_(env) {}

  static void StoreFinalizer(napi_env env, void* data, void* hint);
  static void ObjectFinalizer(napi_env env, void* data, void* hint);
  /// Called when the environment ends.
  static void End(Napi::Env env, Environment* self);
  /// Whether the runtime makes external ArrayBuffers, and MEMORYVIEW_NO_EXTERNAL does not say that it
  /// doesn't.
  static bool PermitsExternal(Napi::Env env);
  /// A new entry, in the table. Null, with nothing changed, where there is no memory for it.
  Entry* MakeEntry(Block* block);
  /// Takes back MakeEntry, for an entry that got no ArrayBuffer.
  void UnmakeEntry(Entry& entry);
  /// Follows the entry from now on: its ArrayBuffer is there.
  void Follow(Entry& entry);
  /// Called by the finalizers, on any thread: notes which of the two has run.
  static void Note(Entry* entry, uint8_t which);
  Status Detach(const Entry& entry);
  Status Detach(Napi::Value buffer);
  Status Retire(const Entry& entry, Napi::Value buffer);
  /// Whether the entry's ArrayBuffer object is alive; in its place, or moved.
  bool IsAlive(const Entry& entry) const;
  bool IsInPlace(const Entry& entry) const;
  void Warn();
  void Unlist(Entry& entry);
  void DropPins(Entry& entry);
  /// Whether no ArrayBuffer has the bytes any more.
  static bool IsStoreGone(const Entry& entry) {
    // A store that the engine owns has no finalizer of its own: its flag is set from the start.
    return !entry.engines && (entry.fired & kStoreFired) != 0;
  }
  /// Takes off the pins of loans that have ended, once the backing store has gone.
  void DropEndedPins(Entry& entry);
  /// Drops what an entry holds, and the entry, once both finalizers have run.
  void Finish(Entry* entry);
  /// Ends an entry that no finalizer refers to, or keeps it for the next block.
  void Recycle(Entry& entry);
  /// Deletes an entry that holds no block any more; may delete its environment.
  static void Forget(Entry* entry);
  /// Drops all that an entry holds whose environment ends. May delete it.
  void Abandon(Entry* entry);
  void Unref();

  const Napi::Env env_;
  bool external_ = true;
  std::atomic<uint32_t> refs_{1};  // the instance data, and each entry
  IdTable table_;
  Spares<Entry, &Entry::after, kMaxSpares> spares_;
  Entry* unfinished_ = nullptr;  // the latest entry whose finalizers have not both fired
  std::vector<uint64_t> fresh_;  // ids of the blocks that were wrapped in this turn
  uint64_t turn_ = 0;
  PartLane* lane_ = nullptr;
  uint64_t since_reclaim_ = 0;
  uint64_t dropped_ = 0;  // bytes of exposed ArrayBuffers of this turn that were found dead
  uint64_t loans_ = 0;    // the number of the latest loan
  // The references are never deleted here: the runtime deletes them as the environment ends, and these
  // objects may be freed later, on any thread.
  Napi::FunctionReference transfer_;
  Napi::FunctionReference retire_;
  Napi::FunctionReference out_of_memory_;
  Napi::FunctionReference warning_;
  Napi::Reference<Napi::Float64Array> kept_;  // keeps the memory of results_ and layouts_
  double* results_ = nullptr;
  double* layouts_ = nullptr;
  const std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>();
  const std::shared_ptr<Mailbox> block_events_ = std::make_shared<Mailbox>();

  std::atomic<bool> noting_{false};  // whether there is something to settle
  std::mutex notes_mutex_;
  Entry* notes_ = nullptr;  // entries with notes, the latest first; guarded by notes_mutex_
  bool dead_ = false;       // guarded by notes_mutex_
};

}  // namespace mv

#endif  // MEMORYVIEW_NODE_ENVIRONMENT_H_
