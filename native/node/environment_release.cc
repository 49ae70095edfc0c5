// Ends the blocks of a live environment: by a release, or because an ArrayBuffer is dead that was never
// handed out.
//
// Release detaches the ArrayBuffer and then drops the owner that the entry holds; the entry itself stays
// until both finalizers have run. Everything runs on the environment's own thread.
#include <new>
#include <optional>
#include <utility>

#include "../core/arena.h"
#include "../core/system.h"
#include "environment.h"

namespace mv {

Status Environment::Release(std::span<Entry* const> entries) {
  for (size_t i = 0; i < entries.size(); ++i) {
    Block& block = *entries[i]->block;
    // An owner that CancelRelease did not get back is not there to be taken off.
    entries[i]->begun = entries[i]->owns ? block.BeginRelease() : Block::Release::kNone;
    if (entries[i]->begun != Block::Release::kPinned) continue;
    results_[Result::kPins] = block.pins();
    results_[Result::kPinnedId] = static_cast<double>(block.id());
    for (Entry* entry : entries.first(i)) entry->owns = entry->block->CancelRelease(entry->begun);
    return Status::kPinned;
  }
  Status worst = Status::kOk;
  for (Entry* each : entries) {
    Entry& entry = *each;
    // The running call's own scope has room for the handles of one, which saves a scope a release.
    std::optional<Napi::HandleScope> scope;
    if (entries.size() > 1) scope.emplace(env_);
    // Once one can't be detached, the ones after it stay as they are.
    const Status status = worst == Status::kUndetachable ? worst : Detach(entry);
    if (status == Status::kOk) {
      Unlist(entry);
      entry.owns = false;
      entry.released = true;
      // A reference without a finalizer serves no purpose any more, and costs the collector a callback.
      if ((entry.fired & kObjectFired) != 0) raw::DeleteReference(env_, std::exchange(entry.buffer, nullptr));
      entry.block->FinishRelease(entry.begun);
      continue;
    }
    if (worst != Status::kUndetachable) worst = status;
    entry.owns = entry.block->CancelRelease(entry.begun);
    // Moved memory belongs to another ArrayBuffer now, and the finalizers will say when that is gone.
    if (status == Status::kElsewhere) Unlist(entry);
  }
  return worst;
}

Status Environment::Renew(Entry& entry, Napi::Value& buffer) {
  SlabBlock* slab = entry.block->AsSlab();
  if (slab == nullptr) return Status::kBadArgument;
  const Status status = Detach(entry);
  if (status != Status::kOk) return status;
  Unlist(entry);
  entry.released = true;
  entry.owns = false;
  if (!slab->Renew()) {
    slab->DropOwner();
    return Status::kUnknown;
  }
  // The owner passes to the entry of the new ArrayBuffer, which needs a reference of its own.
  slab->Ref();
  const Status made = Wrap(slab, buffer);
  // What the turn has made is listed once: a loop of renewals would make the list long.
  if (made == Status::kOk && entry.turn == turn_) fresh_.pop_back();
  return made;
}

Status Environment::Detach(const Entry& entry) {
  const Napi::Value buffer = BufferOf(entry);
  // If no other code has had the ArrayBuffer, none uses the bytes after its death.
  if (buffer.IsEmpty() && !entry.exposed && !entry.engines) return Status::kOk;
  if (buffer.IsEmpty() || buffer.As<Napi::ArrayBuffer>().IsDetached()) return Status::kElsewhere;
  if (entry.engines) return Retire(entry, buffer);
  // Code that never had the ArrayBuffer has not marked it.
  if (!entry.exposed) return raw::Detach(buffer) ? Status::kOk : Status::kUndetachable;
  return Detach(buffer);
}

Status Environment::Detach(Napi::Value buffer) {
  // napi_detach_arraybuffer aborts Node 24 and later where the ArrayBuffer was marked untransferable; the JS
  // method throws.
  if (transfer_.IsEmpty()) return raw::Detach(buffer) ? Status::kOk : Status::kUndetachable;
  if (raw::Call(transfer_.Value(), buffer, {Napi::Number::New(env_, 0)}).IsEmpty()) {
    raw::DropException(env_);
    return Status::kUndetachable;
  }
  // An engine may return a copy of an ArrayBuffer that it must not detach.
  return buffer.As<Napi::ArrayBuffer>().IsDetached() ? Status::kOk : Status::kUndetachable;
}

Status Environment::Retire(const Entry& entry, Napi::Value buffer) {
  Napi::Value moved;
  if (!retire_.IsEmpty()) {
    moved = raw::Call(retire_.Value(), env_.Undefined(), {buffer});
    if (moved.IsEmpty()) raw::DropException(env_);
  }
  if (!buffer.As<Napi::ArrayBuffer>().IsDetached()) return Status::kUndetachable;
  raw::Buffer bytes;
  if (!moved.IsEmpty() && raw::ReadArrayBuffer(moved, bytes) && bytes.data == entry.block->base()) {
    // SAFETY: `moved` owns these bytes now; only work that was under way still reads them.
    DropPages(bytes.data, bytes.nbytes);
  }
  return Status::kOk;
}

void Environment::BeforeAllocation(uint64_t nbytes) {
  Settle();
  since_reclaim_ += nbytes;
  if (since_reclaim_ >= kReclaimEvery) Reclaim();
}

bool Environment::IsAlive(const Entry& entry) const {
  const Napi::HandleScope scope(env_);
  return !BufferOf(entry).IsEmpty();
}

bool Environment::IsInPlace(const Entry& entry) const {
  const Napi::HandleScope scope(env_);
  const Napi::Value buffer = BufferOf(entry);
  return !buffer.IsEmpty() && !buffer.As<Napi::ArrayBuffer>().IsDetached();
}

uint64_t Environment::Reclaim() {
  since_reclaim_ = 0;
  Settle();
  std::vector<std::pair<Block*, std::vector<HeldPin>>> dead;
  try {
    dead.reserve(fresh_.size());
  } catch (const std::bad_alloc&) {
    return 0;
  }
  std::erase_if(fresh_, [&](uint64_t id) {
    Entry* entry = Find(id);
    if (entry == nullptr) return true;
    if (IsAlive(*entry)) return false;
    // The bytes of an engine's ArrayBuffer died with it, or live on in another one; the block only counts
    // them.
    if (!entry->exposed || entry->engines) {
      dead.emplace_back(entry->block, std::vector<HeldPin>());
      dead.back().second.swap(entry->pins);
      entry->block->Ref();
      entry->owns = false;
      Unlist(*entry);
    } else {
      dropped_ += entry->block->size();
    }
    return true;
  });
  uint64_t nbytes = 0;
  // The end of a block may call another library, and that library JS: no entry is in use from here on.
  for (const auto& [block, pins] : dead) {
    nbytes += block->size();
    for (const HeldPin& pin : pins) block->Unpin(pin.holder);
    block->Drop();
  }
  if (dropped_ >= kWarnedFrom) Warn();
  return nbytes;
}

void Environment::Warn() {
  static std::atomic<bool> warned{false};
  if (warning_.IsEmpty() || warned.exchange(true, std::memory_order_relaxed)) return;
  const Napi::HandleScope scope(env_);
  if (raw::Call(warning_.Value(), env_.Undefined(), {}).IsEmpty()) raw::DropException(env_);
}

}  // namespace mv
