// Copies on the runtime's thread pool, one piece a call.
//
// A work holds a reference of each native block, so its addresses outlive the piece whatever happens to the
// environment (contents are kept by the pins that JS holds; without them the piece copies zeros), or a strong
// reference of a SharedArrayBuffer, which cannot be detached. An ArrayBuffer of the engine's is refused:
// anybody may detach it meanwhile. Works are made and end on the environment's thread; where the environment
// ends first, the runtime waits for the piece under way.
#include "../core/kernels/strided_copy.h"
#include "groups.h"
#include "sides.h"

namespace mv {
namespace {

/// One side's hold on its memory; a block, or a JS object.
struct Hold {
  Block* block = nullptr;
  napi_ref object = nullptr;
};

struct Work {
  Sides sides;
  Hold a;
  Hold b;
  napi_async_work work = nullptr;
  napi_deferred deferred = nullptr;
};

/// Whether `buffer` is an array over a SharedArrayBuffer.
bool IsShared(napi_env env, napi_value buffer) {
  napi_value owner = nullptr;
  bool typed = false;
  bool owned = false;
  return napi_is_typedarray(env, buffer, &typed) == napi_ok && typed &&
         napi_get_typedarray_info(env, buffer, nullptr, nullptr, nullptr, &owner, nullptr) == napi_ok &&
         napi_is_arraybuffer(env, owner, &owned) == napi_ok && !owned;
}

/// Holds a buffer's memory; false where nothing can.
bool Take(Environment& home, uint64_t id, napi_value buffer, const Bytes& bytes, Hold& hold) {
  if (id == 0) {
    return IsShared(home.env(), buffer) &&
           napi_create_reference(home.env(), buffer, 1, &hold.object) == napi_ok;
  }
  const Entry* entry = home.Find(id);
  if (entry == nullptr || entry->engines || bytes.data != entry->block->base() ||
      static_cast<uint64_t>(bytes.nbytes) > entry->block->size()) {
    return false;
  }
  entry->block->Ref();
  hold.block = entry->block;
  return true;
}

void Drop(napi_env env, Hold& hold) {
  if (hold.block != nullptr) hold.block->Unref();
  if (hold.object != nullptr) napi_delete_reference(env, hold.object);
  hold = {};
}

void Execute(napi_env, void* data) {
  const Work& work = *static_cast<Work*>(data);
  // The pool has threads of its own; more would only take from other works.
  CopyItems(work.sides.walk, work.sides.swap(), 1);
}

void Complete(napi_env env, napi_status status, void* data) {
  auto* work = static_cast<Work*>(data);
  napi_resolve_deferred(env, work->deferred, Number(env, status == napi_ok ? Status::kOk : Status::kUnknown));
  Drop(env, work->a);
  Drop(env, work->b);
  napi_delete_async_work(env, work->work);
  delete work;
}

// (to, its block's id or 0, from, its block's id or 0) → a promise of a status, or a status.
napi_value CopyLater(napi_env env, napi_callback_info info) {
  Arguments<4> arguments(env, info);
  Environment& home = arguments.home();
  uint64_t id_a = 0;
  uint64_t id_b = 0;
  if (!arguments.Read(1, id_a) || !arguments.Read(3, id_b)) return Number(env, Status::kBadArgument);
  const Bytes a = BytesOf({env, arguments[0]});
  const Bytes b = BytesOf({env, arguments[2]});
  auto* work = new Work();
  if (!ReadSides(home.layouts(), a, b, work->sides)) {
    delete work;
    return Number(env, Status::kBadArgument);
  }
  PairWalk sorted = work->sides.walk;
  sorted.Simplify();
  Status status = sorted.DistinctInA() ? Status::kOk : Status::kOverlap;
  napi_value promise = nullptr;
  napi_value name = Text(env, "memoryview copy");
  if (status == Status::kOk &&
      (!Take(home, id_a, arguments[0], a, work->a) || !Take(home, id_b, arguments[2], b, work->b))) {
    status = Status::kUnknown;
  }
  if (status == Status::kOk &&
      (napi_create_async_work(env, nullptr, name, Execute, Complete, work, &work->work) != napi_ok ||
       napi_create_promise(env, &work->deferred, &promise) != napi_ok ||
       napi_queue_async_work(env, work->work) != napi_ok)) {
    status = Status::kOutOfMemory;
  }
  if (status == Status::kOk) return promise;
  Drop(env, work->a);
  Drop(env, work->b);
  if (work->work != nullptr) napi_delete_async_work(env, work->work);
  delete work;
  return Number(env, status);
}

}  // namespace

void ExportCopyWork(Environment& home, napi_value exports) {
  SetFunction(home.env(), exports, "copyItemsLater", CopyLater, &home);
}

}  // namespace mv
