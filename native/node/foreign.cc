// Foreign pointers as JS calls them, and the listener for news of single blocks.
#include <mutex>
#include <unordered_set>

#include "../core/foreign_memory.h"
#include "groups.h"

namespace mv {
namespace {

/// The foreign blocks that have ended and whose JS release function is still to be called. Process-wide and
/// never torn down, since a block may end in any thread at any time.
class Ended {
 public:
  static Ended& Get() {
    static Ended* const ended = new Ended;
    return *ended;
  }

  void Add(uint64_t id) {
    std::lock_guard<std::mutex> lock(mutex_);
    ids_.insert(id);
  }
  bool Take(uint64_t id) {
    std::lock_guard<std::mutex> lock(mutex_);
    return ids_.erase(id) != 0;
  }

 private:
  std::mutex mutex_;
  std::unordered_set<uint64_t> ids_;  // guarded by mutex_
};

using CRelease = void (*)(void* data, void* arg);

bool ReadAddress(napi_env env, napi_value value, uint64_t& out) {
  bool lossless = false;
  return napi_get_value_bigint_uint64(env, value, &out, &lossless) == napi_ok && lossless;
}

// (address, nbytes, fn or 0n, arg, whether the listener hears of the end, label?) → the ArrayBuffer, or a
// status; results: id, address.
napi_value WrapPointer(napi_env env, napi_callback_info info) {
  Arguments<6> arguments(env, info);
  Environment& home = arguments.home();
  uint64_t address = 0;
  uint64_t nbytes = 0;
  uint64_t fn = 0;
  uint64_t arg = 0;
  bool tell = false;
  std::string label;
  if (!ReadAddress(env, arguments[0], address) || address == 0 || !arguments.Read(1, nbytes) ||
      nbytes > UINT64_MAX - address || !ReadAddress(env, arguments[2], fn) ||
      !ReadAddress(env, arguments[3], arg) || !arguments.Read(4, tell)) {
    return Number(env, Status::kBadArgument);
  }
  void* data = reinterpret_cast<void*>(address);
  arguments.Read(5, label);
  auto* block = new ForeignBlock(data, nbytes, label);
  block->Ref();  // Allocate drops the block where the runtime refuses the ArrayBuffer
  const napi_value answer = home.Allocate(nbytes, [&] { return block; });
  bool wrapped = false;
  if (napi_is_arraybuffer(env, answer, &wrapped) == napi_ok && wrapped) {
    block->Arm([=, news = home.news(), id = block->id()] {
      // SAFETY: the caller says that it is a function of this type, good for this memory, in any thread.
      if (fn != 0) reinterpret_cast<CRelease>(fn)(data, reinterpret_cast<void*>(arg));
      if (!tell) return;
      Ended::Get().Add(id);
      news->Post(id);
    });
  }
  block->Unref();
  return answer;
}

// (id) → whether the block has ended, true once only
napi_value TakeEnded(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  uint64_t id = 0;
  napi_value taken = nullptr;
  const bool ended = arguments.Read(0, id) && Ended::Get().Take(id);
  napi_get_boolean(env, ended, &taken);
  return taken;
}

// (listener): the function that is called with the id of a block that there is news of.
napi_value SetListener(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  arguments.home().news()->Open(env, arguments[0]);
  return nullptr;
}

}  // namespace

void ExportForeign(Environment& home, napi_value exports) {
  SetFunction(home.env(), exports, "wrapPointer", WrapPointer, &home);
  SetFunction(home.env(), exports, "takeEnded", TakeEnded, &home);
  SetFunction(home.env(), exports, "setListener", SetListener, &home);
}

}  // namespace mv
