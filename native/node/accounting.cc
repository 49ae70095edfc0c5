// The ledger as JS reads it.
#include "groups.h"

namespace mv {
namespace {

// () → nothing; results: the counts in the order of STATS in src/binding.ts, then blocks and bytes of each
// kind.
napi_value ReadStats(napi_env env, napi_callback_info info) {
  Arguments<0> arguments(env, info);
  const Stats stats = Ledger::Get().Read();
  double* out = arguments.home().results();
  for (const uint64_t count : {stats.blocks, stats.bytes, stats.peak_bytes, stats.pinned, stats.in_flight,
                               stats.retired_bytes, stats.allocated, stats.released}) {
    *out++ = static_cast<double>(count);
  }
  for (size_t kind = 0; kind < kKinds; ++kind) {
    *out++ = static_cast<double>(stats.kind_blocks[kind]);
    *out++ = static_cast<double>(stats.kind_bytes[kind]);
  }
  return nullptr;
}

// () → bytes given back
napi_value Reclaim(napi_env env, napi_callback_info info) {
  Arguments<0> arguments(env, info);
  return Number(env, static_cast<double>(arguments.home().Reclaim()));
}

}  // namespace

void ExportAccounting(Environment& home, napi_value exports) {
  SetFunction(home.env(), exports, "stats", ReadStats, &home);
  SetFunction(home.env(), exports, "reclaim", Reclaim, &home);
}

}  // namespace mv
