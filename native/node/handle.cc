// share, attach and unshare: handles as JS sees them are an id and a nonce.
#include "../core/handles.h"
#include "exports.h"

namespace mv {
namespace {

// (id, readonly) → the nonce, or a status
Napi::Value Share(const Napi::CallbackInfo& info) {
  uint64_t id = 0;
  bool readonly = false;
  if (!ReadCount(info[0], id) || !raw::Read(info[1], readonly))
    return Answer(info.Env(), Status::kBadArgument);
  Environment& environment = EnvironmentOf(info);
  Entry* entry = environment.Find(id);
  if (entry == nullptr) return Answer(info.Env(), Status::kUnknown);
  if (entry->engines) return Answer(info.Env(), Status::kNoExternal);
  const std::string nonce = Handles::Get().Make(*entry->block, &environment, readonly);
  if (nonce.empty()) return Answer(info.Env(), Status::kUnknown);
  return Napi::String::New(info.Env(), nonce);
}

/// The arguments that name a handle.
struct Name {
  uint64_t id = 0;
  raw::ShortText nonce{};  // a nonce has 32 bytes; nothing may fail between reading and taking

  /// False for values that name no handle.
  bool Read(const Napi::CallbackInfo& info) { return ReadCount(info[0], id) && raw::Read(info[1], nonce); }
};

// (id, nonce) → status. Only a view that can't write may come of the handle from now on.
Napi::Value Restrict(const Napi::CallbackInfo& info) {
  Name handle;
  if (!handle.Read(info)) return Answer(info.Env(), Status::kUnknown);
  const bool done = Handles::Get().Restrict(handle.id, handle.nonce);
  return Answer(info.Env(), done ? Status::kOk : Status::kUnknown);
}

// (id, nonce, whether a view is made of it) → the ArrayBuffer, or a status; results: id, address, nbytes,
// kind, readonly, and whether the view must be. kBadArgument, with the handle left in flight, where it must
// become a view.
Napi::Value Attach(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Environment& environment = EnvironmentOf(info);
  Name handle;
  bool view = false;
  if (!handle.Read(info) || !raw::Read(info[2], view)) return Answer(env, Status::kUnknown);
  environment.BeforeAllocation(0);
  const Handles::Taken taken = Handles::Get().Take(handle.id, handle.nonce, view);
  if (taken.refused) return Answer(env, Status::kBadArgument);
  if (taken.block == nullptr) return Answer(env, Status::kUnknown);
  double* results = environment.results();
  results[Result::kId] = static_cast<double>(handle.id);
  results[Result::kAddress] = static_cast<double>(reinterpret_cast<uintptr_t>(taken.block->base()));
  results[Result::kNbytes] = static_cast<double>(taken.block->size());
  results[Result::kKind] = static_cast<double>(taken.block->kind());
  results[Result::kReadonly] = taken.readonly ? 1 : 0;
  results[Result::kLookOnly] = taken.look_only ? 1 : 0;
  // One ArrayBuffer for each environment and block: an existing one takes over the handle's owner.
  if (const Entry* entry = environment.Find(handle.id)) {
    const Napi::Value buffer = environment.BufferOf(*entry);
    // An ArrayBuffer that other code detached shows nothing; the memory is still there.
    if (!buffer.IsEmpty() && !buffer.As<Napi::ArrayBuffer>().IsDetached()) {
      taken.block->Drop();
      return buffer;
    }
  }
  Napi::Value buffer;
  const Status status = environment.Wrap(taken.block, buffer);
  return status == Status::kOk ? buffer : Answer(env, status);
}

// (id, nonce) → status
Napi::Value Unshare(const Napi::CallbackInfo& info) {
  Name handle;
  if (!handle.Read(info)) return Answer(info.Env(), Status::kUnknown);
  const Handles::Taken taken = Handles::Get().Take(handle.id, handle.nonce);
  if (taken.block == nullptr) return Answer(info.Env(), Status::kUnknown);
  taken.block->Drop();
  return Answer(info.Env(), Status::kOk);
}

}  // namespace

void ExportHandle(Environment& environment, Napi::Object to) {
  raw::Export<Share>(to, "share", &environment);
  raw::Export<Restrict>(to, "restrictHandle", &environment);
  raw::Export<Attach>(to, "attach", &environment);
  raw::Export<Unshare>(to, "unshare", &environment);
}

}  // namespace mv
