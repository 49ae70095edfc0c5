// Memory on its way from one thread to another.
//
// A handle in flight owns its block (one owner, one reference), so the memory lives while nobody has it. It
// is named by the block's id and a random nonce, and can be taken once. Whoever made it gives its own address
// as the maker; when that environment ends it drops what nobody took. The table is process-wide and never
// torn down; all functions may be called on any thread.
#ifndef MEMORYVIEW_CORE_HANDLES_H_
#define MEMORYVIEW_CORE_HANDLES_H_

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

#include "block.h"

namespace mv {

class Handles {
 public:
  /// A block that was taken, with what its sharer said; `block` is null where no such handle is in flight.
  struct Taken {
    Block* block = nullptr;
    bool readonly = false;
  };

  static Handles& Get();

  /// Makes a handle and answers its nonce, 32 hexadecimal digits; empty where the block has
  /// ended, or the system has no random bytes.
  std::string Make(Block& block, const void* maker, bool readonly);
  /// Hands the owner and the reference over to the caller.
  Taken Take(uint64_t id, const std::string& nonce);
  /// Drops what `maker` made and nobody took.
  void DropAllOf(const void* maker);

 private:
  struct InFlight {
    Block* block;
    const void* maker;
    bool readonly;
  };

  std::mutex mutex_;
  std::unordered_map<std::string, InFlight> in_flight_;  // by nonce; guarded by mutex_
};

}  // namespace mv

#endif  // MEMORYVIEW_CORE_HANDLES_H_
