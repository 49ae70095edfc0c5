// Slabs and their parts for JS. TypeScript hands parts out by itself (src/memory/slab.ts); MakePart makes the
// block of one that other code needs.
//
// The entry of a slab's ArrayBuffer owns the slab, and that of a part's ArrayBuffer its block (core/arena.h).
// The memory of the counters is the process's. All functions run on the environment's own thread.
#include "../core/arena.h"

#include <utility>
#include <vector>

#include "../core/heap.h"
#include "exports.h"

namespace mv {
namespace {

/// An ArrayBuffer over memory that lasts as long as the process; empty where the runtime refuses.
Napi::Value WrapForever(Napi::Env env, void* data, size_t nbytes) {
  Napi::Value buffer;
  raw::MakeArrayBuffer(
      env, data, nbytes, [](napi_env, void*, void*) {}, nullptr, buffer);
  return buffer;
}

// () → [ArrayBuffer over the counter of ids, ArrayBuffer over this environment's lane], or a status
Napi::Value PartCounters(const Napi::CallbackInfo& info) {
  Environment& environment = EnvironmentOf(info);
  if (!environment.external()) return Answer(info.Env(), Status::kNoExternal);
  PartLane* lane = environment.lane();
  const Napi::Value ids = WrapForever(info.Env(), &Ledger::Get().ids(), sizeof(IdCounter));
  const Napi::Value counts = WrapForever(info.Env(), lane, sizeof(PartLane));
  if (ids.IsEmpty() || counts.IsEmpty()) return Answer(info.Env(), Status::kOutOfMemory);
  const auto both = Napi::Array::New(info.Env(), 2);
  both.Set(0u, ids);
  both.Set(1u, counts);
  return both;
}

// (nbytes, alignment) → the ArrayBuffer over a new slab, or a status; results: id, address.
Napi::Value MakeSlabBuffer(const Napi::CallbackInfo& info) {
  uint64_t nbytes = 0;
  uint64_t alignment = 0;
  if (!ReadCount(info[0], nbytes) || !ReadCount(info[1], alignment) || !IsAlignment(alignment)) {
    return Answer(info.Env(), Status::kBadArgument);
  }
  return EnvironmentOf(info).Allocate(nbytes, [&] { return MakeSlab(nbytes, alignment); });
}

// (id) → another ArrayBuffer over the same slab, without parts and cleared; a status where the slab has
// ended.
Napi::Value RenewSlab(const Napi::CallbackInfo& info) {
  uint64_t id = 0;
  if (!ReadCount(info[0], id)) return Answer(info.Env(), Status::kBadArgument);
  EnvironmentOf(info).BeforeAllocation(0);
  Entry* entry = EnvironmentOf(info).Find(id);
  if (entry == nullptr) return Answer(info.Env(), Status::kUnknown);
  Environment& environment = EnvironmentOf(info);
  const auto base = reinterpret_cast<uintptr_t>(entry->block->base());
  environment.results()[Result::kAddress] = static_cast<double>(base);
  Napi::Value buffer;
  const Status status = environment.Renew(*entry, buffer);
  return status == Status::kOk ? buffer : Answer(info.Env(), status);
}

// (slab's id, number of the part, label?) → an ArrayBuffer over the part alone, or a status; results: id,
// address.
Napi::Value MakePart(const Napi::CallbackInfo& info) {
  uint64_t id = 0;
  uint64_t index = 0;
  std::string label;
  Environment& environment = EnvironmentOf(info);
  if (!ReadCount(info[0], id) || !ReadCount(info[1], index)) return Answer(info.Env(), Status::kBadArgument);
  raw::Read(info[2], label);
  return environment.Allocate(0, [&]() -> Block* {
    // Looked up after anything that may end entries.
    Entry* entry = environment.Find(id);
    SlabBlock* slab = entry == nullptr ? nullptr : entry->block->AsSlab();
    return slab == nullptr ? nullptr : slab->MakePartBlock(index, label);
  });
}

// (slab's id) → [id, nbytes, …] of the parts without a block, or a status
Napi::Value PartsOf(const Napi::CallbackInfo& info) {
  uint64_t id = 0;
  if (!ReadCount(info[0], id)) return Answer(info.Env(), Status::kBadArgument);
  const Entry* entry = EnvironmentOf(info).Find(id);
  const SlabBlock* slab = entry == nullptr ? nullptr : entry->block->AsSlab();
  if (slab == nullptr) return Answer(info.Env(), Status::kUnknown);
  const auto list = Napi::Array::New(info.Env());
  uint32_t at = 0;
  // This thread is the one that changes the records.
  slab->ForEachPart([&](const SlabBlock::Part& part) {
    const Napi::HandleScope scope(info.Env());
    list.Set(at++, static_cast<double>(part.id));
    list.Set(at++, static_cast<double>(part.nbytes));
  });
  return list;
}

// (nbytes, alignment, label?) → the ArrayBuffer of memory with pages of its own, or a status; results: id,
// address.
Napi::Value AllocateIn(const Napi::CallbackInfo& info) {
  uint64_t nbytes = 0;
  uint64_t alignment = 0;
  std::string label;
  if (!ReadCount(info[0], nbytes) || !ReadCount(info[1], alignment) || !IsAlignment(alignment)) {
    return Answer(info.Env(), Status::kBadArgument);
  }
  raw::Read(info[2], label);
  return EnvironmentOf(info).Allocate(nbytes, [&] { return MakeLoneBlock(nbytes, alignment, label); });
}

// (ids) → status; all or none. Results: pins, and the id of the block that has them.
Napi::Value ReleaseAll(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsArray()) return Answer(env, Status::kBadArgument);
  const auto ids = info[0].As<Napi::Array>();
  std::vector<uint64_t> named(ids.Length());
  for (uint32_t i = 0; i < named.size(); ++i) {
    const Napi::HandleScope scope(env);
    const Napi::Value id = ids.Get(i);
    if (id.IsEmpty()) return {};  // the exception of a getter is pending
    if (!ReadCount(id, named[i])) named[i] = 0;
  }
  // Entries are looked up when no code of the caller's runs any more. What was collected meanwhile has none.
  std::vector<Entry*> entries;
  entries.reserve(named.size());
  for (const uint64_t id : named) {
    Entry* entry = EnvironmentOf(info).Find(id);
    // A block that is named twice is released once.
    if (entry != nullptr && !std::exchange(entry->chosen, true)) entries.push_back(entry);
  }
  for (Entry* entry : entries) entry->chosen = false;
  return Answer(env, EnvironmentOf(info).Release(entries));
}

}  // namespace

void ExportArena(Environment& environment, Napi::Object to) {
  raw::Export<PartCounters>(to, "partCounters", &environment);
  raw::Export<MakeSlabBuffer>(to, "makeSlab", &environment);
  raw::Export<RenewSlab>(to, "renewSlab", &environment);
  raw::Export<MakePart>(to, "makePart", &environment);
  raw::Export<PartsOf>(to, "partsOf", &environment);
  raw::Export<AllocateIn>(to, "allocateIn", &environment);
  raw::Export<ReleaseAll>(to, "releaseAll", &environment);
}

}  // namespace mv
