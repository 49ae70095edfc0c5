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
      alignment == 0 || alignment > kMostAlignment || (alignment & (alignment - 1)) != 0) {
    return Number(env, Status::kBadArgument);
  }
  arguments.Read(3, label);
  home.BeforeAllocation(nbytes);
  Block* block = MakeHeapBlock(nbytes, alignment, zero, label);
  if (block == nullptr) {
    if (home.Reclaim() == 0) return Number(env, Status::kOutOfMemory);
    block = MakeHeapBlock(nbytes, alignment, zero, label);
    if (block == nullptr) return Number(env, Status::kOutOfMemory);
  }
  home.results()[0] = static_cast<double>(block->id());
  home.results()[1] = static_cast<double>(reinterpret_cast<uintptr_t>(block->base()));
  napi_value buffer = nullptr;
  const Status status = home.Wrap(block, &buffer);
  return status == Status::kOk ? buffer : Number(env, status);
}

// (id) → status; results: pins.
napi_value Release(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  Environment& home = arguments.home();
  uint64_t id = 0;
  if (!arguments.Read(0, id)) return Number(env, Status::kBadArgument);
  Entry* entry = home.Find(id);
  if (entry == nullptr) return Number(env, Status::kUnknown);
  uint32_t pins = 0;
  const Status status = home.Release(*entry, pins);
  home.results()[0] = pins;
  return Number(env, status);
}

// (transfer): the captured ArrayBuffer.prototype.transfer.
napi_value SetTransfer(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  arguments.home().SetTransfer(arguments[0]);
  return nullptr;
}

}  // namespace

void ExportMemory(Environment& home, napi_value exports) {
  SetFunction(home.env(), exports, "allocate", Allocate, &home);
  SetFunction(home.env(), exports, "release", Release, &home);
  SetFunction(home.env(), exports, "setTransfer", SetTransfer, &home);
}

}  // namespace mv
