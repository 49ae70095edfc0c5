// allocate and release: the life of a block as JS calls it.
#include "../core/heap.h"
#include "../core/secret_memory.h"
#include "exports.h"

namespace mv {
namespace {

// (nbytes, alignment, zero, label?) → the ArrayBuffer, or a status; results: id, address.
Napi::Value Allocate(const Napi::CallbackInfo& info) {
  Environment& environment = EnvironmentOf(info);
  uint64_t nbytes = 0;
  uint64_t alignment = 0;
  bool zero = true;
  std::string label;
  if (!ReadCount(info[0], nbytes) || !ReadCount(info[1], alignment) || !raw::Read(info[2], zero) ||
      !IsAlignment(alignment)) {
    return Answer(info.Env(), Status::kBadArgument);
  }
  raw::Read(info[3], label);
  const auto make = [&] { return MakeHeapBlock(nbytes, alignment, zero, label); };
  return environment.Allocate(nbytes, make);
}

// (nbytes, alignment, label?) → the ArrayBuffer, a status or a negative errno; results: id, address.
Napi::Value AllocateSecret(const Napi::CallbackInfo& info) {
  uint64_t nbytes = 0;
  uint64_t alignment = 0;
  std::string label;
  if (!ReadCount(info[0], nbytes) || !ReadCount(info[1], alignment) || !IsAlignment(alignment)) {
    return Answer(info.Env(), Status::kBadArgument);
  }
  raw::Read(info[2], label);
  int outcome = 0;
  const auto make = [&] { return MakeSecretBlock(nbytes, alignment, label, outcome); };
  const Napi::Value answer(info.Env(), EnvironmentOf(info).Allocate(nbytes, make));
  return outcome == 0 ? answer : Answer(info.Env(), outcome);
}

// (id) → status; results: pins, id.
Napi::Value Release(const Napi::CallbackInfo& info) {
  Environment& environment = EnvironmentOf(info);
  uint64_t id = 0;
  if (!ReadCount(info[0], id)) return Answer(info.Env(), Status::kBadArgument);
  Entry* entry = environment.Find(id);
  if (entry == nullptr) return Answer(info.Env(), Status::kUnknown);
  return Answer(info.Env(), environment.Release({&entry, 1}));
}

// (buffer, kind, label?) → status; results: id, address.
Napi::Value Enrol(const Napi::CallbackInfo& info) {
  uint64_t kind = 0;
  std::string label;
  if (!ReadCount(info[1], kind)) return Answer(info.Env(), Status::kBadArgument);
  // The other kinds are classes of their own, with a file or a deleter.
  const bool engines =
      kind == static_cast<uint64_t>(Kind::kHeap) || kind == static_cast<uint64_t>(Kind::kArena);
  if (!engines) return Answer(info.Env(), Status::kBadArgument);
  raw::Read(info[2], label);
  return Answer(info.Env(), EnvironmentOf(info).Enrol(info[0], static_cast<Kind>(kind), label));
}

// (function): hands a function of JavaScript's to the environment.
template <void (Environment::*set)(Napi::Function)>
Napi::Value Set(const Napi::CallbackInfo& info) {
  if (info[0].IsFunction()) (EnvironmentOf(info).*set)(info[0].As<Napi::Function>());
  return {};
}

}  // namespace

void ExportMemory(Environment& environment, Napi::Object to) {
  raw::Export<Allocate>(to, "allocate", &environment);
  raw::Export<AllocateSecret>(to, "allocateSecret", &environment);
  raw::Export<Enrol>(to, "enrol", &environment);
  raw::Export<Release>(to, "release", &environment);
  raw::Export<Set<&Environment::SetTransfer>>(to, "setTransfer", &environment);
  raw::Export<Set<&Environment::SetRetire>>(to, "setRetire", &environment);
  raw::Export<Set<&Environment::SetOutOfMemory>>(to, "setOutOfMemory", &environment);
  raw::Export<Set<&Environment::SetWarning>>(to, "setWarning", &environment);
}

}  // namespace mv
