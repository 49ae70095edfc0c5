// allocate and release: the life of a block as JS calls it.
#include "../core/heap.h"
#include "../core/secret_memory.h"
#include "groups.h"

namespace mv {
namespace {

// (nbytes, alignment, zero, label?) → the ArrayBuffer, or a status; results: id, address.
Napi::Value Allocate(const Napi::CallbackInfo& info) {
  Environment& home = HomeOf(info);
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
  return {info.Env(), home.Allocate(nbytes, make)};
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
  const Napi::Value answer(info.Env(), HomeOf(info).Allocate(nbytes, make));
  return outcome == 0 ? answer : Answer(info.Env(), outcome);
}

// (id) → status; results: pins, id.
Napi::Value Release(const Napi::CallbackInfo& info) {
  Environment& home = HomeOf(info);
  uint64_t id = 0;
  if (!ReadCount(info[0], id)) return Answer(info.Env(), Status::kBadArgument);
  Entry* entry = home.Find(id);
  if (entry == nullptr) return Answer(info.Env(), Status::kUnknown);
  return Answer(info.Env(), home.Release({&entry, 1}));
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
  return Answer(info.Env(), HomeOf(info).Enrol(info[0], static_cast<Kind>(kind), label));
}

// (transfer): the captured ArrayBuffer.prototype.transfer.
Napi::Value SetTransfer(const Napi::CallbackInfo& info) {
  HomeOf(info).SetTransfer(info[0]);
  return {};
}

// (retire): moves the memory of an ArrayBuffer that owns it into another one.
Napi::Value SetRetire(const Napi::CallbackInfo& info) {
  HomeOf(info).SetRetire(info[0]);
  return {};
}

// (raise): the function that throws the error for a C++ allocation that failed.
Napi::Value SetOutOfMemory(const Napi::CallbackInfo& info) {
  HomeOf(info).SetOutOfMemory(info[0]);
  return {};
}

// (warning): is called where a turn of the event loop drops exposed memory without end.
Napi::Value SetWarning(const Napi::CallbackInfo& info) {
  HomeOf(info).SetWarning(info[0]);
  return {};
}

}  // namespace

void ExportMemory(Environment& home, napi_value exports) {
  const Napi::Object to(home.env(), exports);
  raw::Export<Allocate>(to, "allocate", &home);
  raw::Export<AllocateSecret>(to, "allocateSecret", &home);
  raw::Export<Enrol>(to, "enrol", &home);
  raw::Export<Release>(to, "release", &home);
  raw::Export<SetTransfer>(to, "setTransfer", &home);
  raw::Export<SetRetire>(to, "setRetire", &home);
  raw::Export<SetOutOfMemory>(to, "setOutOfMemory", &home);
  raw::Export<SetWarning>(to, "setWarning", &home);
}

}  // namespace mv
