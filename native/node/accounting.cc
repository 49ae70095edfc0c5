// The ledger's counts, snapshots, traces and labels for JS, and reclaiming on request.
//
// It owns nothing: it reads the process-wide ledger under the ledger's lock. Its functions run on the
// environment's own thread. Reclaim gives back the dead memory of that environment, and pages that the
// process keeps.
#include <chrono>
#include <utility>

#include "../core/arena.h"
#include "../core/page_cache.h"
#include "../core/system.h"
#include "exports.h"

namespace mv {
namespace {

// () → nothing; results: the counts in the order of COUNTS in src/engine/places.ts, then blocks and bytes of
// each kind.
Napi::Value ReadStats(const Napi::CallbackInfo& info) {
  Environment& environment = EnvironmentOf(info);
  environment.Settle();
  const Stats stats = Ledger::Get().Read();
  double* out = environment.results();
  for (const uint64_t count :
       {stats.blocks, stats.bytes, stats.peak_bytes, stats.pinned, stats.in_flight, stats.retired_bytes,
        stats.allocated, stats.released, stats.kept_blocks, stats.kept_bytes}) {
    *out++ = static_cast<double>(count);
  }
  for (size_t kind = 0; kind < kKinds; ++kind) {
    *out++ = static_cast<double>(stats.kind_blocks[kind]);
    *out++ = static_cast<double>(stats.kind_bytes[kind]);
  }
  return {};
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
Napi::Value Snapshot(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  EnvironmentOf(info).Settle();
  std::vector<Seen> all;
  const auto now = std::chrono::steady_clock::now();
  const auto age = [now](std::chrono::steady_clock::time_point born) {
    return std::chrono::duration<double, std::milli>(now - born).count();
  };
  const auto see = [&](Block& block) {
    all.push_back({block.id(), block.kind(), block.size(), block.label(), age(block.born()), block.trace(),
                   block.holders()});
  };
  const auto see_part = [&](const SlabBlock::Part& part) {
    all.push_back({part.id, Kind::kArena, part.nbytes, {}, age(part.born), {}, {}});
  };
  Ledger::Get().ForEach(see, [&](SlabBlock& slab) { slab.ForEachPart(see_part); });
  const auto rows = Napi::Array::New(env, all.size());
  for (uint32_t i = 0; i < all.size(); ++i) {
    const Napi::HandleScope scope(env);
    const Seen& seen = all[i];
    const auto row = Napi::Array::New(env, 7);
    row.Set(0u, static_cast<double>(seen.id));
    row.Set(1u, static_cast<double>(seen.kind));
    row.Set(2u, static_cast<double>(seen.size));
    row.Set(3u, seen.label);
    row.Set(4u, seen.age);
    row.Set(5u, seen.trace);
    row.Set(6u, HoldersToJs(env, seen.holders));
    rows.Set(i, row);
  }
  return rows;
}

// (id, stack): notes where the block was allocated.
Napi::Value SetTrace(const Napi::CallbackInfo& info) {
  uint64_t id = 0;
  std::string stack;
  if (!ReadCount(info[0], id) || !raw::Read(info[1], stack)) return Answer(info.Env(), Status::kBadArgument);
  if (Entry* entry = EnvironmentOf(info).Find(id)) entry->block->SetTrace(std::move(stack));
  return {};
}

// (id) → the block's label, or a status
Napi::Value LabelOf(const Napi::CallbackInfo& info) {
  uint64_t id = 0;
  if (!ReadCount(info[0], id)) return Answer(info.Env(), Status::kBadArgument);
  const Entry* entry = EnvironmentOf(info).Find(id);
  if (entry == nullptr) return Answer(info.Env(), Status::kUnknown);
  return Napi::String::New(info.Env(), entry->block->label());
}

// () → bytes given back
Napi::Value Reclaim(const Napi::CallbackInfo& info) {
  const uint64_t nbytes = EnvironmentOf(info).Reclaim() + DropKeptPages();
  // The finalizers of small blocks leave holes in the arenas of every thread that ran some.
  TrimLibraryHeap();
  return Answer(info.Env(), static_cast<double>(nbytes));
}

// (): the event loop has turned.
Napi::Value Turn(const Napi::CallbackInfo& info) {
  EnvironmentOf(info).Turn();
  return {};
}

}  // namespace

Napi::Array HoldersToJs(Napi::Env env, const Block::Holders& holders) {
  const auto list = Napi::Array::New(env, holders.size() * 2);
  uint32_t at = 0;
  for (const auto& [name, count] : holders) {
    list.Set(at++, name);
    list.Set(at++, static_cast<double>(count));
  }
  return list;
}

void ExportAccounting(Environment& environment, Napi::Object to) {
  raw::Export<ReadStats>(to, "stats", &environment);
  raw::Export<Snapshot>(to, "snapshot", &environment);
  raw::Export<SetTrace>(to, "setTrace", &environment);
  raw::Export<LabelOf>(to, "labelOf", &environment);
  raw::Export<Reclaim>(to, "reclaim", &environment);
  raw::Export<Turn>(to, "turn", &environment);
}

}  // namespace mv
