// Arenas as JS holds them: opaque values, closed by their finalizer at the latest.
#include "../core/arena.h"

#include "../core/heap.h"
#include "groups.h"

namespace mv {
namespace {

void ArenaFinalizer(napi_env, void* data, void*) { delete static_cast<Arena*>(data); }

Arena* ArenaOf(napi_env env, napi_value value) {
  void* data = nullptr;
  // Only our own TypeScript holds these values, so an external here is an arena.
  return napi_get_value_external(env, value, &data) == napi_ok ? static_cast<Arena*>(data) : nullptr;
}

// (slabBytes) → the arena, or a status
napi_value MakeArena(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  uint64_t slab_bytes = 0;
  if (!arguments.Read(0, slab_bytes) || slab_bytes == 0) return Number(env, Status::kBadArgument);
  auto* arena = new Arena(slab_bytes);
  napi_value value = nullptr;
  if (napi_create_external(env, arena, ArenaFinalizer, nullptr, &value) != napi_ok) {
    delete arena;
    return Number(env, Status::kOutOfMemory);
  }
  return value;
}

// (arena, nbytes, alignment, label?) → the ArrayBuffer, or a status; results: id, address.
napi_value AllocateIn(napi_env env, napi_callback_info info) {
  Arguments<4> arguments(env, info);
  Environment& home = arguments.home();
  Arena* arena = ArenaOf(env, arguments[0]);
  uint64_t nbytes = 0;
  uint64_t alignment = 0;
  std::string label;
  if (arena == nullptr || !arguments.Read(1, nbytes) || !arguments.Read(2, alignment) ||
      !IsAlignment(alignment)) {
    return Number(env, Status::kBadArgument);
  }
  arguments.Read(3, label);
  return home.Allocate(nbytes, [&] { return arena->Make(nbytes, alignment, label); });
}

// (arena): hands nothing out any more.
napi_value CloseArena(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  if (Arena* arena = ArenaOf(env, arguments[0])) arena->Close();
  return nullptr;
}

// (ids) → status; all or none. Results: pins, and the id of the block that has them.
napi_value ReleaseAll(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  Environment& home = arguments.home();
  uint32_t length = 0;
  if (napi_get_array_length(env, arguments[0], &length) != napi_ok) return Number(env, Status::kBadArgument);
  std::vector<Entry*> entries;
  for (uint32_t i = 0; i < length; ++i) {
    napi_handle_scope scope = nullptr;
    napi_open_handle_scope(env, &scope);
    napi_value element = nullptr;
    double id = -1;
    napi_get_element(env, arguments[0], i, &element);
    napi_get_value_double(env, element, &id);
    napi_close_handle_scope(env, scope);
    // What was collected meanwhile has no entry any more.
    if (Entry* entry = id >= 0 ? home.Find(static_cast<uint64_t>(id)) : nullptr) entries.push_back(entry);
  }
  return Number(env, home.Release(entries));
}

}  // namespace

void ExportArena(Environment& home, napi_value exports) {
  SetFunction(home.env(), exports, "makeArena", MakeArena, &home);
  SetFunction(home.env(), exports, "allocateIn", AllocateIn, &home);
  SetFunction(home.env(), exports, "closeArena", CloseArena, &home);
  SetFunction(home.env(), exports, "releaseAll", ReleaseAll, &home);
}

}  // namespace mv
