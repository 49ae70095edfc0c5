// allocate and release: the life of a block as JS calls it.
#include "../core/heap.h"
#include "groups.h"

namespace mv {
namespace {

// (nbytes, alignment, zero, label?) → the ArrayBuffer, or a status; results: id, address.
napi_value Allocate(napi_env env, napi_callback_info info) {
  Arguments<4> arguments(env, info);
  Environment& home = arguments.home();
  uint64_t nbytes = 0;
  uint64_t alignment = 0;
  bool zero = true;
  std::string label;
  if (!arguments.Read(0, nbytes) || !arguments.Read(1, alignment) || !arguments.Read(2, zero) ||
      !IsAlignment(alignment)) {
    return Number(env, Status::kBadArgument);
  }
  arguments.Read(3, label);
  return home.Allocate(nbytes, [&] { return MakeHeapBlock(nbytes, alignment, zero, label); });
}

// (id) → status; results: pins, id.
napi_value Release(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  Environment& home = arguments.home();
  uint64_t id = 0;
  if (!arguments.Read(0, id)) return Number(env, Status::kBadArgument);
  Entry* entry = home.Find(id);
  if (entry == nullptr) return Number(env, Status::kUnknown);
  return Number(env, home.Release({&entry, 1}));
}

// (buffer, kind, label?) → status; results: id, address.
napi_value Enrol(napi_env env, napi_callback_info info) {
  Arguments<3> arguments(env, info);
  uint64_t kind = 0;
  std::string label;
  if (!arguments.Read(1, kind)) return Number(env, Status::kBadArgument);
  // The other kinds are classes of their own, with a file or a deleter.
  const bool engines =
      kind == static_cast<uint64_t>(Kind::kHeap) || kind == static_cast<uint64_t>(Kind::kArena);
  if (!engines) return Number(env, Status::kBadArgument);
  arguments.Read(2, label);
  return Number(env, arguments.home().Enrol(arguments[0], static_cast<Kind>(kind), label));
}

// (transfer): the captured ArrayBuffer.prototype.transfer.
napi_value SetTransfer(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  arguments.home().SetTransfer(arguments[0]);
  return nullptr;
}

// (retire): moves the memory of an ArrayBuffer that owns it into another one.
napi_value SetRetire(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  arguments.home().SetRetire(arguments[0]);
  return nullptr;
}

// (raise): the function that throws the error for a C++ allocation that failed.
Napi::Value SetOutOfMemory(const Napi::CallbackInfo& info) {
  HomeOf(info).SetOutOfMemory(info[0]);
  return {};
}

// (warning): is called where a turn of the event loop drops exposed memory without end.
napi_value SetWarning(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  arguments.home().SetWarning(arguments[0]);
  return nullptr;
}

}  // namespace

void ExportMemory(Environment& home, napi_value exports) {
  SetFunction(home.env(), exports, "allocate", Allocate, &home);
  SetFunction(home.env(), exports, "enrol", Enrol, &home);
  SetFunction(home.env(), exports, "release", Release, &home);
  SetFunction(home.env(), exports, "setTransfer", SetTransfer, &home);
  SetFunction(home.env(), exports, "setRetire", SetRetire, &home);
  raw::Export<SetOutOfMemory>(Napi::Object(home.env(), exports), "setOutOfMemory", &home);
  SetFunction(home.env(), exports, "setWarning", SetWarning, &home);
}

}  // namespace mv
