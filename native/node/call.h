// What every exported function needs: the environment it was exported for, checked counts, and statuses.
//
// A function has the signature `Napi::Value Name(const Napi::CallbackInfo& info)` and is exported by
// raw::Export. It returns a status or a value and raises nothing of its own. Reading a wrong kind returns
// false and leaves the target alone.
#ifndef MEMORYVIEW_NODE_CALL_H_
#define MEMORYVIEW_NODE_CALL_H_

#include <napi.h>

#include <cstdint>

#include "raw.h"

namespace mv {

class Environment;

/// What the native functions return; the numbers are those of STATUS in src/engine/numbers.ts.
enum class Status : uint8_t {
  kOk = 0,
  kBadArgument = 1,
  kUnknown = 2,       ///< no such block, or not this environment's
  kOutOfMemory = 3,   ///< the system refused
  kNoExternal = 4,    ///< the runtime has no external ArrayBuffers, so the memory is the engine's
  kPinned = 5,        ///< the block has pins
  kUndetachable = 6,  ///< the ArrayBuffer was marked untransferable
  kElsewhere = 7,     ///< code outside this library detached the ArrayBuffer: its memory lives on there
  kOverlap = 8,       ///< items of a target share bytes, so their order matters
};

/// The environment that the function was exported for.
inline Environment& EnvironmentOf(const Napi::CallbackInfo& info) {
  return *static_cast<Environment*>(info.Data());
}

/// A count or an id: an integral double from 0 to 2^53 - 1.
inline bool ReadCount(Napi::Value value, uint64_t& out) {
  double number = 0;
  if (!raw::Read(value, number) || !(number >= 0 && number <= 9007199254740991.0)) return false;
  out = static_cast<uint64_t>(number);
  return static_cast<double>(out) == number;
}

inline Napi::Value Answer(Napi::Env env, double number) { return Napi::Number::New(env, number); }

inline Napi::Value Answer(Napi::Env env, Status status) { return Answer(env, static_cast<double>(status)); }

}  // namespace mv

#endif  // MEMORYVIEW_NODE_CALL_H_
