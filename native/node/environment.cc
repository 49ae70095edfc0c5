#include "environment.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

#include "../core/engine_memory.h"
#include "../core/new_or.h"
#include "../core/system.h"

namespace mv {

Environment* Environment::Create(napi_env env, napi_value exports) {
  auto* self = new (std::nothrow) Environment(env);
  if (self == nullptr) return nullptr;
  if (napi_set_instance_data(env, self, InstanceFinalizer, nullptr) != napi_ok) {
    delete self;
    return nullptr;
  }
  void* data = nullptr;
  napi_value buffer = nullptr;
  napi_value results = nullptr;
  napi_value layouts = nullptr;
  napi_ref kept = nullptr;
  constexpr size_t kResultBytes = kResults * sizeof(double);
  constexpr size_t kLayoutBytes = kLayoutNumbers * sizeof(double);
  // The reference keeps the array, and so its memory, until the environment ends.
  if (napi_create_arraybuffer(env, kResultBytes + kLayoutBytes, &data, &buffer) != napi_ok ||
      napi_create_typedarray(env, napi_float64_array, kResults, buffer, 0, &results) != napi_ok ||
      napi_create_typedarray(env, napi_float64_array, kLayoutNumbers, buffer, kResultBytes, &layouts) !=
          napi_ok ||
      napi_create_reference(env, results, 1, &kept) != napi_ok) {
    return nullptr;
  }
  self->external_ = PermitsExternal(env);
  napi_value external = nullptr;
  napi_get_boolean(env, self->external_, &external);
  SetProperty(env, exports, "external", external);
  self->results_ = static_cast<double*>(data);
  self->layouts_ = self->results_ + kResults;
  SetProperty(env, exports, "results", results);
  SetProperty(env, exports, "layouts", layouts);
  self->mailbox_->OnNudge([self] { self->Settle(); });
  return self;
}

bool Environment::PermitsExternal(napi_env env) {
  const char* refused = std::getenv("MEMORYVIEW_NO_EXTERNAL");
  if (refused != nullptr && *refused != '\0' && std::string_view(refused) != "0") return false;
  static char byte;
  const auto finalize = [](napi_env, void*, void*) {};
  napi_value probe = nullptr;
  const napi_status made = napi_create_external_arraybuffer(env, &byte, 1, finalize, nullptr, &probe);
  napi_value error = nullptr;
  if (made != napi_ok) napi_get_and_clear_last_exception(env, &error);
  return made != napi_no_external_buffers_allowed;
}

void Environment::SetTransfer(napi_value transfer) {
  if (transfer_ == nullptr) napi_create_reference(env_, transfer, 1, &transfer_);
}

void Environment::SetRetire(napi_value retire) {
  if (retire_ == nullptr) napi_create_reference(env_, retire, 1, &retire_);
}

void Environment::SetOutOfMemory(napi_value raise) {
  if (out_of_memory_ == nullptr) napi_create_reference(env_, raise, 1, &out_of_memory_);
}

void Environment::RaiseOutOfMemory() const {
  napi_value raise = nullptr;
  napi_value undefined = nullptr;
  napi_get_undefined(env_, &undefined);
  if (out_of_memory_ == nullptr || napi_get_reference_value(env_, out_of_memory_, &raise) != napi_ok ||
      napi_call_function(env_, undefined, raise, 0, nullptr, nullptr) == napi_ok) {
    napi_throw_range_error(env_, "ERR_OUT_OF_MEMORY", "native call: the system gave no memory");
  }
}

void raw::RaiseOutOfMemory(void* home) { static_cast<Environment*>(home)->RaiseOutOfMemory(); }

void Environment::SetWarning(napi_value warning) {
  if (warning_ == nullptr) napi_create_reference(env_, warning, 1, &warning_);
}

Status Environment::Wrap(Block* block, napi_value* buffer) {
  Entry* entry = external_ ? MakeEntry(block) : nullptr;
  if (entry == nullptr) {
    block->Drop();
    return external_ ? Status::kOutOfMemory : Status::kNoExternal;
  }
  const napi_status made =
      napi_create_external_arraybuffer(env_, block->base(), block->size(), StoreFinalizer, entry, buffer);
  if (made != napi_ok) {
    napi_value error = nullptr;
    napi_get_and_clear_last_exception(env_, &error);
    UnmakeEntry(*entry);
    // Whether the runtime calls the finalizer of what it refused is unknown: the entry stays, without the
    // block.
    entry->block = nullptr;
    block->KeepAddresses();
    block->Drop();
    return made == napi_no_external_buffers_allowed ? Status::kNoExternal : Status::kOutOfMemory;
  }
  if (napi_add_finalizer(env_, *buffer, entry, ObjectFinalizer, nullptr, &entry->buffer) != napi_ok) {
    entry->fired |= kObjectFired;
  }
  Follow(*entry);
  return Status::kOk;
}

Status Environment::Enrol(napi_value buffer, Kind kind, std::string_view label) {
  void* data = nullptr;
  size_t nbytes = 0;
  if (napi_get_arraybuffer_info(env_, buffer, &data, &nbytes) != napi_ok) return Status::kBadArgument;
  BeforeAllocation(nbytes);
  auto* block = NewOr<EngineBlock>([] {}, kind, data, nbytes, label);
  Entry* entry = block == nullptr ? nullptr : MakeEntry(block);
  if (entry == nullptr) {
    if (block != nullptr) block->Drop();
    return Status::kOutOfMemory;
  }
  entry->fired = kStoreFired;
  entry->engines = true;
  if (napi_add_finalizer(env_, buffer, entry, ObjectFinalizer, nullptr, &entry->buffer) != napi_ok) {
    UnmakeEntry(*entry);
    Forget(entry);
    block->Drop();
    return Status::kOutOfMemory;
  }
  Follow(*entry);
  results_[0] = static_cast<double>(block->id());
  results_[1] = static_cast<double>(reinterpret_cast<uintptr_t>(data));
  return Status::kOk;
}

Entry* Environment::MakeEntry(Block* block) {
  const uint64_t id = block->id();
  Entry** place = nullptr;
  auto* entry = new (std::nothrow) Entry{.home = this, .block = block};
  if (entry == nullptr) return nullptr;
  try {
    place = &table_[id];
    fresh_.push_back(id);
  } catch (const std::bad_alloc&) {
    if (place != nullptr && *place == nullptr) table_.erase(id);
    delete entry;
    return nullptr;
  }
  refs_.fetch_add(1, std::memory_order_relaxed);
  // An older entry may be there, whose ArrayBuffer is dead and not yet finalized.
  if (*place != nullptr) (*place)->listed = false;
  *place = entry;
  entry->listed = true;
  return entry;
}

void Environment::UnmakeEntry(Entry& entry) {
  Unlist(entry);
  fresh_.pop_back();
}

void Environment::Follow(Entry& entry) {
  entry.before = std::exchange(unfinished_, &entry);
  if (entry.before != nullptr) entry.before->after = &entry;
}

Entry* Environment::Find(uint64_t id) const {
  const auto found = table_.find(id);
  return found == table_.end() ? nullptr : found->second;
}

napi_value Environment::BufferOf(const Entry& entry) const {
  napi_value buffer = nullptr;
  if (entry.buffer == nullptr || napi_get_reference_value(env_, entry.buffer, &buffer) != napi_ok)
    return nullptr;
  return buffer;
}

Status Environment::Release(std::span<Entry* const> entries) {
  for (size_t i = 0; i < entries.size(); ++i) {
    Block& block = *entries[i]->block;
    entries[i]->begun = block.BeginRelease();
    if (entries[i]->begun != Block::Release::kPinned) continue;
    results_[0] = block.pins();
    results_[1] = static_cast<double>(block.id());
    for (Entry* entry : entries.first(i)) entry->owns = entry->block->CancelRelease(entry->begun);
    return Status::kPinned;
  }
  Status worst = Status::kOk;
  for (Entry* each : entries) {
    Entry& entry = *each;
    const Status status = Detach(entry);
    if (status == Status::kOk) {
      Unlist(entry);
      entry.owns = false;
      entry.released = true;
      entry.block->FinishRelease(entry.begun);
      continue;
    }
    worst = status;
    entry.owns = entry.block->CancelRelease(entry.begun);
    // Moved memory belongs to whatever ArrayBuffer it is in now, and the finalizers will say when that is
    // gone.
    if (status == Status::kElsewhere) Unlist(entry);
  }
  return worst;
}

Status Environment::Detach(const Entry& entry) {
  napi_handle_scope scope = nullptr;
  napi_open_handle_scope(env_, &scope);
  const napi_value buffer = BufferOf(entry);
  bool detached = true;
  if (buffer != nullptr) napi_is_detached_arraybuffer(env_, buffer, &detached);
  const Status status = detached        ? Status::kElsewhere
                        : entry.engines ? Retire(entry, buffer)
                                        : Detach(buffer);
  napi_close_handle_scope(env_, scope);
  return status;
}

Status Environment::Detach(napi_value buffer) {
  // napi_detach_arraybuffer aborts Node 24 and later where the ArrayBuffer was marked untransferable; the JS
  // method throws.
  if (transfer_ == nullptr) {
    return napi_detach_arraybuffer(env_, buffer) == napi_ok ? Status::kOk : Status::kUndetachable;
  }
  napi_value transfer = nullptr;
  napi_value moved = nullptr;
  napi_value zero = Number(env_, 0.0);
  napi_get_reference_value(env_, transfer_, &transfer);
  if (napi_call_function(env_, buffer, transfer, 1, &zero, &moved) != napi_ok) {
    napi_value error = nullptr;
    napi_get_and_clear_last_exception(env_, &error);
    return Status::kUndetachable;
  }
  // An engine may answer a copy of what it must not detach.
  bool detached = false;
  napi_is_detached_arraybuffer(env_, buffer, &detached);
  return detached ? Status::kOk : Status::kUndetachable;
}

Status Environment::Retire(const Entry& entry, napi_value buffer) {
  napi_value retire = nullptr;
  napi_value undefined = nullptr;
  napi_value moved = nullptr;
  napi_get_undefined(env_, &undefined);
  if (retire_ == nullptr || napi_get_reference_value(env_, retire_, &retire) != napi_ok ||
      napi_call_function(env_, undefined, retire, 1, &buffer, &moved) != napi_ok) {
    napi_value error = nullptr;
    napi_get_and_clear_last_exception(env_, &error);
  }
  bool detached = false;
  napi_is_detached_arraybuffer(env_, buffer, &detached);
  if (!detached) return Status::kUndetachable;
  void* data = nullptr;
  size_t nbytes = 0;
  if (napi_get_arraybuffer_info(env_, moved, &data, &nbytes) == napi_ok && data == entry.block->base()) {
    // SAFETY: `moved` owns these bytes now, and nobody reads them but work that was under way.
    DropPages(data, nbytes);
  }
  return Status::kOk;
}

bool Environment::Pin(Entry& entry, std::string_view holder) {
  // Noted first: where there is no memory for it, nothing is pinned.
  entry.pins.push_back({std::string(holder)});
  if (entry.block->Pin(holder)) return true;
  entry.pins.pop_back();
  return false;
}

bool Environment::Unpin(Entry& entry, std::string_view holder) {
  // From the latest on: pins end in the reverse order mostly.
  const auto found = std::find_if(entry.pins.rbegin(), entry.pins.rend(), [&](const HeldPin& pin) {
    return pin.loan == 0 && (holder.empty() || pin.holder == holder);
  });
  if (found == entry.pins.rend()) return false;
  const std::string name = std::move(found->holder);
  entry.pins.erase(std::next(found).base());
  entry.block->Unpin(name);
  return true;
}

uint64_t Environment::Lend(Entry& entry, std::string_view holder) {
  entry.pins.push_back({std::string(holder), loans_ + 1});
  if (entry.block->Pin(holder)) return ++loans_;
  entry.pins.pop_back();
  return 0;
}

void Environment::EndLoan(uint64_t id, uint64_t loan) {
  Entry* entry = Find(id);
  if (entry == nullptr || !IsInPlace(*entry)) return;
  const auto found = std::find_if(entry->pins.begin(), entry->pins.end(),
                                  [&](const HeldPin& pin) { return pin.loan == loan; });
  if (found == entry->pins.end()) return;
  const std::string name = std::move(found->holder);
  entry->pins.erase(found);
  entry->block->Unpin(name);
}

void Environment::BeforeAllocation(uint64_t nbytes) {
  Settle();
  since_reclaim_ += nbytes;
  if (since_reclaim_ >= kReclaimEvery) Reclaim();
}

bool Environment::IsAlive(const Entry& entry) const {
  napi_handle_scope scope = nullptr;
  napi_open_handle_scope(env_, &scope);
  const bool alive = BufferOf(entry) != nullptr;
  napi_close_handle_scope(env_, scope);
  return alive;
}

bool Environment::IsInPlace(const Entry& entry) const {
  bool detached = true;
  napi_handle_scope scope = nullptr;
  napi_open_handle_scope(env_, &scope);
  if (const napi_value buffer = BufferOf(entry)) napi_is_detached_arraybuffer(env_, buffer, &detached);
  napi_close_handle_scope(env_, scope);
  return !detached;
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
    // An object of the engine's that has died took its bytes along, or they live on in another one: the block
    // counts them only.
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
  if (warning_ == nullptr || warned.exchange(true, std::memory_order_relaxed)) return;
  napi_handle_scope scope = nullptr;
  napi_open_handle_scope(env_, &scope);
  napi_value warning = nullptr;
  napi_value undefined = nullptr;
  napi_get_undefined(env_, &undefined);
  if (napi_get_reference_value(env_, warning_, &warning) != napi_ok ||
      napi_call_function(env_, undefined, warning, 0, nullptr, nullptr) != napi_ok) {
    napi_value error = nullptr;
    napi_get_and_clear_last_exception(env_, &error);
  }
  napi_close_handle_scope(env_, scope);
}

void Environment::Unlist(Entry& entry) {
  if (!entry.listed) return;
  entry.listed = false;
  table_.erase(entry.block->id());
}

void Environment::DropPins(Entry& entry) {
  for (const HeldPin& pin : entry.pins) entry.block->Unpin(pin.holder);
  entry.pins.clear();
}

}  // namespace mv
