// The ledger as JS reads it.
#include <chrono>
#include <utility>

#include "../core/page_cache.h"
#include "../core/system.h"
#include "groups.h"

namespace mv {
namespace {

// () → nothing; results: the counts in the order of STATS in src/binding.ts, then blocks and bytes of each
// kind.
napi_value ReadStats(napi_env env, napi_callback_info info) {
  Arguments<0> arguments(env, info);
  arguments.home().Settle();
  const Stats stats = Ledger::Get().Read();
  double* out = arguments.home().results();
  for (const uint64_t count :
       {stats.blocks, stats.bytes, stats.peak_bytes, stats.pinned, stats.in_flight, stats.retired_bytes,
        stats.allocated, stats.released, stats.kept_blocks, stats.kept_bytes}) {
    *out++ = static_cast<double>(count);
  }
  for (size_t kind = 0; kind < kKinds; ++kind) {
    *out++ = static_cast<double>(stats.kind_blocks[kind]);
    *out++ = static_cast<double>(stats.kind_bytes[kind]);
  }
  return nullptr;
}

struct Seen {
  uint64_t id;
  Kind kind;
  size_t size;
  std::string label;
  double age;
  std::string trace;
  Block::Holders holders;
};

// () → [id, kind, nbytes, label, age in milliseconds, stack, [holder, count, …]] of each live block
napi_value Snapshot(napi_env env, napi_callback_info info) {
  Arguments<0> arguments(env, info);
  arguments.home().Settle();
  std::vector<Seen> all;
  const auto now = std::chrono::steady_clock::now();
  Ledger::Get().ForEach([&](Block& block) {
    const std::chrono::duration<double, std::milli> age = now - block.born();
    all.push_back(
        {block.id(), block.kind(), block.size(), block.label(), age.count(), block.trace(), block.holders()});
  });
  napi_value rows = nullptr;
  napi_create_array_with_length(env, all.size(), &rows);
  for (uint32_t i = 0; i < all.size(); ++i) {
    napi_handle_scope scope = nullptr;
    napi_open_handle_scope(env, &scope);
    const Seen& seen = all[i];
    napi_value holders = nullptr;
    napi_create_array(env, &holders);
    uint32_t at = 0;
    for (const auto& [name, count] : seen.holders) {
      napi_set_element(env, holders, at++, Text(env, name));
      napi_set_element(env, holders, at++, Number(env, static_cast<double>(count)));
    }
    napi_value row = nullptr;
    napi_create_array(env, &row);
    uint32_t column = 0;
    for (napi_value value :
         {Number(env, static_cast<double>(seen.id)), Number(env, static_cast<double>(seen.kind)),
          Number(env, static_cast<double>(seen.size)), Text(env, seen.label), Number(env, seen.age),
          Text(env, seen.trace), holders}) {
      napi_set_element(env, row, column++, value);
    }
    napi_set_element(env, rows, i, row);
    napi_close_handle_scope(env, scope);
  }
  return rows;
}

// (id, stack): notes where the block was allocated.
napi_value SetTrace(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  uint64_t id = 0;
  std::string stack;
  if (!arguments.Read(0, id) || !arguments.Read(1, stack)) return Number(env, Status::kBadArgument);
  if (Entry* entry = arguments.home().Find(id)) entry->block->SetTrace(std::move(stack));
  return nullptr;
}

// (id) → the block's label, or a status
napi_value LabelOf(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  uint64_t id = 0;
  if (!arguments.Read(0, id)) return Number(env, Status::kBadArgument);
  const Entry* entry = arguments.home().Find(id);
  return entry == nullptr ? Number(env, Status::kUnknown) : Text(env, entry->block->label());
}

// () → bytes given back
napi_value Reclaim(napi_env env, napi_callback_info info) {
  Arguments<0> arguments(env, info);
  const uint64_t nbytes = arguments.home().Reclaim() + DropKeptPages();
  // The finalizers of small blocks leave holes in the arenas of every thread that ran some.
  TrimLibraryHeap();
  return Number(env, static_cast<double>(nbytes));
}

// (): the event loop has turned.
napi_value Turn(napi_env env, napi_callback_info info) {
  Arguments<0> arguments(env, info);
  arguments.home().Turn();
  return nullptr;
}

}  // namespace

void ExportAccounting(Environment& home, napi_value exports) {
  SetFunction(home.env(), exports, "stats", ReadStats, &home);
  SetFunction(home.env(), exports, "snapshot", Snapshot, &home);
  SetFunction(home.env(), exports, "setTrace", SetTrace, &home);
  SetFunction(home.env(), exports, "labelOf", LabelOf, &home);
  SetFunction(home.env(), exports, "reclaim", Reclaim, &home);
  SetFunction(home.env(), exports, "turn", Turn, &home);
}

}  // namespace mv
