// Blocks over acquired views, and the table that finds a live one again by environment, exporter and
// region.
//
// A block owns its view and releases it once, when the block ends, on that thread. The table is
// process-wide and holds only ids; a mutex protects it, because blocks end on any thread.
#include "adopted_block.h"

#include <functional>
#include <mutex>
#include <new>
#include <unordered_map>

#include "../core/forever.h"

namespace mv {
namespace {

struct KeyHash {
  size_t operator()(const RegionKey& key) const {
    const auto mix = [](size_t sum, size_t part) { return (sum ^ part) * 0x9e3779b97f4a7c15u; };
    size_t sum = mix(0, std::hash<const void*>()(key.environment));
    sum = mix(sum, std::hash<const void*>()(key.exporter));
    sum = mix(sum, std::hash<const void*>()(key.base));
    return mix(sum, static_cast<size_t>(key.size) * 2 + (key.readonly ? 1 : 0));
  }
};

/// Which key stands for which block.
class Adoptions {
 public:
  static Adoptions& Get() { return Forever<Adoptions>(); }

  uint64_t Find(const RegionKey& key) {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto found = ids_.find(key);
    return found == ids_.end() ? 0 : found->second;
  }
  bool Has(const void* exporter) {
    std::lock_guard<std::mutex> lock(mutex_);
    return blocks_.count(exporter) != 0;
  }
  /// Makes room for a block that has no id yet; all that can fail.
  void Reserve(const RegionKey& key) {
    std::lock_guard<std::mutex> lock(mutex_);
    size_t& count = blocks_[key.exporter];
    try {
      ids_.try_emplace(key, 0);
    } catch (const std::bad_alloc&) {
      if (count == 0) blocks_.erase(key.exporter);
      throw;
    }
    ++count;
  }
  /// After Reserve.
  void Set(const RegionKey& key, uint64_t id) {
    std::lock_guard<std::mutex> lock(mutex_);
    ids_.find(key)->second = id;
  }
  /// The key only where it still stands for that block: an environment may have adopted the region anew.
  void Forget(const RegionKey& key, uint64_t id) {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto found = ids_.find(key);
    if (found != ids_.end() && found->second == id) ids_.erase(found);
    const auto blocks = blocks_.find(key.exporter);
    if (--blocks->second == 0) blocks_.erase(blocks);
  }

 private:
  std::mutex mutex_;
  std::unordered_map<RegionKey, uint64_t, KeyHash> ids_;  // guarded by mutex_
  std::unordered_map<const void*, size_t> blocks_;        // by exporter; guarded by mutex_
};

char nothing;  // the address of all empty regions: an ArrayBuffer wants one

class AdoptedBlock final : public Block {
 public:
  AdoptedBlock(const RegionKey& key, const mv_view& view)
      : Block(Kind::kForeign, ""), key_(key), view_(view) {
    Adoptions::Get().Reserve(key_);
    try {
      Born(view.region_size == 0 ? &nothing : view.region_base, view.region_size);
    } catch (const std::bad_alloc&) {
      Adoptions::Get().Forget(key_, 0);
      throw;
    }
    Adoptions::Get().Set(key_, id());
  }

  bool CanOverlay() const override { return false; }
  Nature nature() const override {
    const auto says = [this](uint64_t flag) { return (view_.flags & flag) != 0; };
    return {says(MV_SHARED_XPROC), says(MV_MAY_FAULT), says(MV_IS_COPY), says(MV_IMMUTABLE)};
  }

 private:
  void GiveBack(bool) override {
    Adoptions::Get().Forget(key_, id());
    mv_release(&view_);
  }
  void GiveBackAddresses() override {}

  const RegionKey key_;
  mv_view view_;
};

}  // namespace

uint64_t FindAdopted(const RegionKey& key) { return Adoptions::Get().Find(key); }

bool IsAdopted(const void* exporter) { return Adoptions::Get().Has(exporter); }

Block* AdoptView(const RegionKey& key, mv_view& view) {
  Block* block = new AdoptedBlock(key, view);
  view.release = nullptr;
  return block;
}

}  // namespace mv
