// Ends entries: by their finalizers, or with their environment.
//
// The finalizers may run on another thread (in Deno), so they only note that they ran, under a lock.
// Settle and End run on the environment's own thread, and drop what the entries hold. After End the last
// finalizer of an entry deletes it, and the last entry deletes the Environment.
#include <utility>

#include "../core/handles.h"
#include "environment.h"

namespace mv {

void Environment::Abandon(Entry* entry) {
  Block* block = entry->block;
  const std::vector<HeldPin> pins = std::move(entry->pins);
  const bool exposed = entry->exposed && !entry->released && !entry->engines;
  const bool owns = entry->owns;
  bool finished = false;
  {
    std::lock_guard<std::mutex> lock(notes_mutex_);
    // From here on a finalizer deletes the entry, if it is the last one.
    entry->block = nullptr;
    finished = entry->fired == kBothFired;
  }
  if (finished) Forget(entry);
  // What is pinned may be under an operation of the runtime's own, which not every runtime waits for.
  if (block->CanOverlay() && (exposed || !pins.empty())) block->KeepAddresses();
  if (!block->CanOverlay() && exposed) block->KeepWhole();
  for (const HeldPin& pin : pins) block->Unpin(pin.holder);
  // Without the lock, because the end of a block may call another library.
  if (owns) {
    block->Drop();
  } else {
    block->Unref();
  }
}

void Environment::StoreFinalizer(napi_env, void*, void* hint) {
  Note(static_cast<Entry*>(hint), kStoreFired);
}

void Environment::ObjectFinalizer(napi_env, void* data, void*) {
  Note(static_cast<Entry*>(data), kObjectFired);
}

void Environment::Note(Entry* entry, uint8_t which) {
  // SAFETY: an entry ends only when both of its finalizers have run, and it holds its environment.
  Environment& environment = *entry->environment;
  std::shared_ptr<Mailbox> woken;
  bool last = false;
  {
    std::lock_guard<std::mutex> lock(environment.notes_mutex_);
    if (environment.dead_) {
      entry->fired |= which;
      last = entry->fired == kBothFired && entry->block == nullptr;
    } else {
      // No list but the entries themselves: an allocation could fail here, where nothing could be done about
      // it.
      if (entry->noted == 0) entry->next_noted = std::exchange(environment.notes_, entry);
      entry->noted |= which;
      if (!environment.noting_.exchange(true, std::memory_order_acq_rel)) woken = environment.mailbox_;
    }
  }
  // A live environment may settle the note from here on, and end.
  if (woken != nullptr) woken->Nudge();
  if (last) Forget(entry);
}

void Environment::Forget(Entry* entry) {
  Environment* environment = entry->environment;
  delete entry;
  environment->Unref();
}

void Environment::Settle() {
  if (!noting_.load(std::memory_order_acquire) || !raw::CanRun(env_)) return;
  noting_.store(false, std::memory_order_release);
  for (;;) {
    Entry* entry = nullptr;
    uint8_t which = 0;
    {
      std::lock_guard<std::mutex> lock(notes_mutex_);
      if (notes_ == nullptr) return;
      entry = std::exchange(notes_, notes_->next_noted);
      which = std::exchange(entry->noted, uint8_t{0});
    }
    // The finalizer of an ArrayBuffer that the runtime refused to make.
    if (entry->block == nullptr) continue;
    entry->fired |= which;
    if (entry->fired == kBothFired) {
      Finish(entry);
    } else {
      DropEndedPins(*entry);
    }
  }
}

void Environment::Finish(Entry* entry) {
  Unlist(*entry);
  if (entry->before != nullptr) entry->before->after = entry->after;
  (entry->after != nullptr ? entry->after->before : unfinished_) = entry->before;
  raw::DeleteReference(env_, entry->buffer);
  DropPins(*entry);
  Block* block = entry->block;
  const bool owns = entry->owns;
  Recycle(*entry);
  // Last, because the end of a block may call another library, and that library JS.
  if (owns) {
    block->Drop();
  } else {
    block->Unref();
  }
}

void Environment::Recycle(Entry& entry) {
  if (!spares_.Keep(entry)) delete &entry;
  Unref();
}

void Environment::End(Napi::Env, Environment* self) {
  self->mailbox_->Close();
  Handles::Get().DropAllOf(self);
  {
    std::lock_guard<std::mutex> lock(self->notes_mutex_);
    self->dead_ = true;
    for (Entry* entry = self->notes_; entry != nullptr; entry = entry->next_noted)
      entry->fired |= entry->noted;
  }
  self->table_.Clear();
  for (Entry* entry = std::exchange(self->unfinished_, nullptr); entry != nullptr;)
    self->Abandon(std::exchange(entry, entry->before));
  self->spares_.Drop();
  if (self->lane_ != nullptr) Ledger::Get().CloseLane(std::exchange(self->lane_, nullptr));
  self->Unref();
}

void Environment::Unref() {
  if (refs_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

}  // namespace mv
