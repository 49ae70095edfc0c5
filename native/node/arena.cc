// Arenas as JS holds them: opaque values, closed by their finalizer at the latest.
#include "../core/arena.h"

#include <memory>
#include <utility>
#include <vector>

#include "../core/heap.h"
#include "exports.h"

namespace mv {
namespace {

constexpr napi_type_tag kArenaTag = {0x5a1f6b7c94e04d21, 0x9c3e8d20b7f5a614};

/// The arena whose tag this thread checked last: a check costs 70 ns, 8 % of an allocation in an arena.
thread_local Arena* checked = nullptr;

void EndArena(napi_env, void* data, void*) {
  if (checked == data) checked = nullptr;
  delete static_cast<Arena*>(data);
}

/// The arena that a value stands for; null for anything else, another library's external among it.
Arena* ArenaOf(Napi::Value value) {
  // No other external has the address of an arena that lives.
  if (checked != nullptr && raw::ReadExternal(value) == checked) return checked;
  auto* arena = static_cast<Arena*>(raw::ReadTagged(value, kArenaTag));
  if (arena != nullptr) checked = arena;
  return arena;
}

// (slabBytes) → the arena, or a status
Napi::Value MakeArena(const Napi::CallbackInfo& info) {
  uint64_t slab_bytes = 0;
  if (!ReadCount(info[0], slab_bytes) || slab_bytes == 0) return Answer(info.Env(), Status::kBadArgument);
  auto arena = std::make_unique<Arena>(slab_bytes);
  const Napi::Value value = raw::MakeTagged(info.Env(), arena.get(), EndArena, kArenaTag);
  if (value.IsEmpty()) return Answer(info.Env(), Status::kOutOfMemory);
  static_cast<void>(arena.release());
  return value;
}

// (arena, nbytes, alignment, label?) → the ArrayBuffer, or a status; results: id, address.
Napi::Value AllocateIn(const Napi::CallbackInfo& info) {
  Arena* arena = ArenaOf(info[0]);
  uint64_t nbytes = 0;
  uint64_t alignment = 0;
  std::string label;
  if (arena == nullptr || !ReadCount(info[1], nbytes) || !ReadCount(info[2], alignment) ||
      !IsAlignment(alignment)) {
    return Answer(info.Env(), Status::kBadArgument);
  }
  raw::Read(info[3], label);
  const auto make = [&] { return arena->Make(nbytes, alignment, label); };
  return EnvironmentOf(info).Allocate(nbytes, make);
}

// (arena): hands nothing out any more.
Napi::Value CloseArena(const Napi::CallbackInfo& info) {
  if (Arena* arena = ArenaOf(info[0])) arena->Close();
  return {};
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
  raw::Export<MakeArena>(to, "makeArena", &environment);
  raw::Export<AllocateIn>(to, "allocateIn", &environment);
  raw::Export<CloseArena>(to, "closeArena", &environment);
  raw::Export<ReleaseAll>(to, "releaseAll", &environment);
}

}  // namespace mv
