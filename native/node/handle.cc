// share, attach and unshare: handles as JS sees them are an id and a nonce.
#include "../core/handles.h"
#include "groups.h"

namespace mv {
namespace {

// (id, readonly) → the nonce, or a status
napi_value Share(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  Environment& home = arguments.home();
  uint64_t id = 0;
  bool readonly = false;
  if (!arguments.Read(0, id) || !arguments.Read(1, readonly)) return Number(env, Status::kBadArgument);
  Entry* entry = home.Find(id);
  if (entry == nullptr) return Number(env, Status::kUnknown);
  if (entry->engines) return Number(env, Status::kNoExternal);
  const std::string nonce = Handles::Get().Make(*entry->block, &home, readonly);
  return nonce.empty() ? Number(env, Status::kUnknown) : Text(env, nonce);
}

// (id, nonce) → the ArrayBuffer, or a status; results: id, address, nbytes, kind, readonly.
napi_value Attach(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  Environment& home = arguments.home();
  uint64_t id = 0;
  std::string nonce;
  if (!arguments.Read(0, id) || !arguments.Read(1, nonce)) return Number(env, Status::kBadArgument);
  const Handles::Taken taken = Handles::Get().Take(id, nonce);
  if (taken.block == nullptr) return Number(env, Status::kUnknown);
  home.BeforeAllocation(taken.block->size());
  double* results = home.results();
  results[0] = static_cast<double>(id);
  results[1] = static_cast<double>(reinterpret_cast<uintptr_t>(taken.block->base()));
  results[2] = static_cast<double>(taken.block->size());
  results[3] = static_cast<double>(taken.block->kind());
  results[4] = taken.readonly ? 1 : 0;
  // One ArrayBuffer for each environment and block: the one that is there takes the handle's share over.
  if (const Entry* entry = home.Find(id)) {
    napi_value buffer = home.BufferOf(*entry);
    bool detached = true;
    if (buffer != nullptr) napi_is_detached_arraybuffer(env, buffer, &detached);
    // One that somebody moved by the engine's own means is of no use; the memory is still there.
    if (!detached) {
      taken.block->Drop();
      return buffer;
    }
  }
  napi_value buffer = nullptr;
  const Status status = home.Wrap(taken.block, &buffer);
  return status == Status::kOk ? buffer : Number(env, status);
}

// (id, nonce) → status
napi_value Unshare(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  uint64_t id = 0;
  std::string nonce;
  if (!arguments.Read(0, id) || !arguments.Read(1, nonce)) return Number(env, Status::kBadArgument);
  const Handles::Taken taken = Handles::Get().Take(id, nonce);
  if (taken.block == nullptr) return Number(env, Status::kUnknown);
  taken.block->Drop();
  return Number(env, Status::kOk);
}

}  // namespace

void ExportHandle(Environment& home, napi_value exports) {
  SetFunction(home.env(), exports, "share", Share, &home);
  SetFunction(home.env(), exports, "attach", Attach, &home);
  SetFunction(home.env(), exports, "unshare", Unshare, &home);
}

}  // namespace mv
