// Creates environments and the entries for their blocks.
//
// An Environment belongs to the runtime's instance data and to its entries; an Entry holds one owner and
// one reference of its block. All functions here run on the environment's own thread. environment.h
// draws the states of an entry.
#include "environment.h"

#include <cstdlib>
#include <new>
#include <utility>

#include "../core/engine_memory.h"
#include "../core/new_or.h"

namespace mv {

namespace {

/// A reference that lasts as long as the environment; the first one that was set stays.
template <typename Reference, typename Object>
void Keep(Reference& place, Object object) {
  if (!place.IsEmpty()) return;
  place = Napi::Persistent(object);
  place.SuppressDestruct();
}

}  // namespace

Environment* Environment::Create(Napi::Env env, Napi::Object exports) {
  constexpr size_t kResultBytes = kResults * sizeof(double);
  constexpr size_t kLayoutBytes = kLayoutNumbers * sizeof(double);
  auto* self = new Environment(env);
  env.SetInstanceData<Environment, End>(self);
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(env, kResultBytes + kLayoutBytes);
  if (buffer.IsEmpty()) return nullptr;
  const Napi::Float64Array results = Napi::Float64Array::New(env, kResults, buffer, 0);
  const Napi::Float64Array layouts = Napi::Float64Array::New(env, kLayoutNumbers, buffer, kResultBytes);
  if (results.IsEmpty() || layouts.IsEmpty()) return nullptr;
  Keep(self->kept_, results);
  self->external_ = PermitsExternal(env);
  self->results_ = static_cast<double*>(buffer.Data());
  self->layouts_ = self->results_ + kResults;
  exports.Set("external", Napi::Boolean::New(env, self->external_));
  exports.Set("results", results);
  exports.Set("layouts", layouts);
  self->mailbox_->OnNudge([self] { self->Settle(); });
  return self;
}

bool Environment::PermitsExternal(Napi::Env env) {
  const char* refused = std::getenv("MEMORYVIEW_NO_EXTERNAL");
  if (refused != nullptr && *refused != '\0' && std::string_view(refused) != "0") return false;
  static char byte;
  const auto finalize = [](napi_env, void*, void*) {};
  Napi::Value probe;
  return raw::MakeArrayBuffer(env, &byte, 1, finalize, nullptr, probe) != napi_no_external_buffers_allowed;
}

void Environment::SetTransfer(Napi::Function transfer) { Keep(transfer_, transfer); }

void Environment::SetRetire(Napi::Function retire) { Keep(retire_, retire); }

void Environment::SetWarning(Napi::Function warning) { Keep(warning_, warning); }

void Environment::SetOutOfMemory(Napi::Function raise) { Keep(out_of_memory_, raise); }

void Environment::RaiseOutOfMemory() const {
  // It throws, so nothing is returned.
  if (!out_of_memory_.IsEmpty() && raw::Call(out_of_memory_.Value(), env_.Undefined(), {}).IsEmpty()) return;
  raw::ThrowRangeError(env_, "ERR_OUT_OF_MEMORY", "native call: the system refused memory");
}

void raw::RaiseOutOfMemory(void* environment) { static_cast<Environment*>(environment)->RaiseOutOfMemory(); }

Status Environment::Wrap(Block* block, Napi::Value& buffer) {
  Entry* entry = external_ ? MakeEntry(block) : nullptr;
  if (entry == nullptr) {
    block->Drop();
    return external_ ? Status::kOutOfMemory : Status::kNoExternal;
  }
  const napi_status made =
      raw::MakeArrayBuffer(env_, block->base(), block->size(), StoreFinalizer, entry, buffer);
  if (made != napi_ok) {
    UnmakeEntry(*entry);
    // Whether the runtime calls the finalizer of what it refused is unknown: the entry stays, without the
    // block.
    entry->block = nullptr;
    block->KeepAddresses();
    block->Drop();
    return made == napi_no_external_buffers_allowed ? Status::kNoExternal : Status::kOutOfMemory;
  }
  // The death of an object that no other code has had frees no addresses, where these are not ours to reuse.
  const bool follows = block->CanOverlay();
  entry->buffer = follows ? raw::FollowObject(buffer, entry, ObjectFinalizer) : raw::ReferTo(buffer);
  if (!follows || entry->buffer == nullptr) entry->fired |= kObjectFired;
  // Without a reference nothing tells a live ArrayBuffer from a dead one.
  if (entry->buffer == nullptr) entry->exposed = true;
  Follow(*entry);
  return Status::kOk;
}

void Environment::Expose(Entry& entry) {
  if (std::exchange(entry.exposed, true) || (entry.fired & kObjectFired) == 0 || entry.engines) return;
  // From now on an operation of the runtime's own may hold the object while its bytes are moved elsewhere.
  const Napi::HandleScope scope(env_);
  const Napi::Value buffer = BufferOf(entry);
  if (buffer.IsEmpty()) return;
  napi_ref followed = raw::FollowObject(buffer, &entry, ObjectFinalizer);
  if (followed == nullptr) return;
  raw::DeleteReference(env_, std::exchange(entry.buffer, followed));
  entry.fired &= static_cast<uint8_t>(~kObjectFired);
}

Status Environment::Enrol(Napi::Value buffer, Kind kind, std::string_view label) {
  raw::Buffer bytes;
  if (!raw::ReadArrayBuffer(buffer, bytes)) return Status::kBadArgument;
  BeforeAllocation(bytes.nbytes);
  auto* block = NewOr<EngineBlock>([] {}, kind, bytes.data, bytes.nbytes, label);
  Entry* entry = block == nullptr ? nullptr : MakeEntry(block);
  if (entry == nullptr) {
    if (block != nullptr) block->Drop();
    return Status::kOutOfMemory;
  }
  entry->fired = kStoreFired;
  entry->engines = true;
  entry->buffer = raw::FollowObject(buffer, entry, ObjectFinalizer);
  if (entry->buffer == nullptr) {
    UnmakeEntry(*entry);
    Forget(entry);
    block->Drop();
    return Status::kOutOfMemory;
  }
  Follow(*entry);
  results_[Result::kId] = static_cast<double>(block->id());
  results_[Result::kAddress] = static_cast<double>(reinterpret_cast<uintptr_t>(bytes.data));
  return Status::kOk;
}

Entry* Environment::MakeEntry(Block* block) {
  const uint64_t id = block->id();
  Entry* entry = spares_.Take();
  if (entry == nullptr) entry = new (std::nothrow) Entry;
  if (entry == nullptr) return nullptr;
  // An older entry may be listed, whose ArrayBuffer is dead and not yet finalized.
  Entry* older = Find(id);
  const size_t known = fresh_.size();
  try {
    fresh_.push_back(id);
    // The place of the older one is free again.
    if (older != nullptr) Unlist(*older);
    table_.Add(*entry, id);
  } catch (const std::bad_alloc&) {
    fresh_.resize(known);
    if (!spares_.Keep(*entry)) delete entry;
    return nullptr;
  }
  refs_.fetch_add(1, std::memory_order_relaxed);
  entry->environment = this;
  entry->block = block;
  entry->turn = turn_;
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

PartLane* Environment::lane() {
  if (lane_ == nullptr) lane_ = Ledger::Get().OpenLane();
  return lane_;
}

Entry* Environment::Find(uint64_t id) const { return static_cast<Entry*>(table_.Find(id)); }

void Environment::Unlist(Entry& entry) {
  if (!entry.listed) return;
  entry.listed = false;
  table_.Remove(entry);
}

}  // namespace mv
