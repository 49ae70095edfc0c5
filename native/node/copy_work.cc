// Copies on the runtime's thread pool, one piece a call.
//
// A work holds a reference of each native block, so its addresses outlive the piece even if the
// environment ends (contents are kept by the pins that JS holds; without them the piece copies zeros), or a
// strong reference of a SharedArrayBuffer, which cannot be detached. An ArrayBuffer of the engine's is
// refused: other code may detach it meanwhile. Works are made and end on the environment's thread; where the
// environment ends first, the runtime waits for the piece under way.
#include <memory>
#include <utility>

#include "../core/kernels/strided_copy.h"
#include "exports.h"
#include "held_memory.h"
#include "item_layouts.h"
#include "promise_work.h"

namespace mv {
namespace {

class CopyWork final : public PromiseWork {
 public:
  explicit CopyWork(Napi::Env env) : PromiseWork(env, "memoryview copy") {}

  ItemLayouts layouts;
  HeldMemory to;
  HeldMemory from;

 protected:
  // The pool has threads of its own; more would only slow down other work.
  void Execute() override { CopyItems(layouts.walk, layouts.swap(), 1); }
  Napi::Value Result() override { return Answer(Env(), Status::kOk); }
};

// (to, its block's id or 0, from, its block's id or 0) → a promise of a status, or a status.
Napi::Value CopyLater(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Environment& environment = EnvironmentOf(info);
  uint64_t to_id = 0;
  uint64_t from_id = 0;
  if (!ReadCount(info[1], to_id) || !ReadCount(info[3], from_id)) return Answer(env, Status::kBadArgument);
  const BufferBytes to = BytesOf(info[0]);
  const BufferBytes from = BytesOf(info[2]);
  auto work = std::make_unique<CopyWork>(env);
  if (!ReadItemLayouts(environment.layouts(), to, from, work->layouts))
    return Answer(env, Status::kBadArgument);
  PairWalk sorted = work->layouts.walk;
  sorted.Simplify();
  if (!sorted.HasDistinctTarget()) return Answer(env, Status::kOverlap);
  if (!work->to.Take(environment, to_id, info[0], to) ||
      !work->from.Take(environment, from_id, info[2], from)) {
    return Answer(env, Status::kUnknown);
  }
  return PromiseWork::Start(std::move(work));
}

}  // namespace

void ExportCopyWork(Environment& environment, Napi::Object to) {
  raw::Export<CopyLater>(to, "copyItemsLater", &environment);
}

}  // namespace mv
