// Hands memory from one thread to another.
//
// A handle in flight owns its block (one owner, one reference), so the memory stays live. The block's id
// and a random nonce name the handle, and one thread can take it once. The maker passes its own address;
// when its environment ends, it drops the handles that no thread took. The table is process-wide and
// never destroyed. All functions may be called on any thread.
#ifndef MEMORYVIEW_CORE_HANDLES_H_
#define MEMORYVIEW_CORE_HANDLES_H_

#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "block.h"

namespace mv {

class Handles {
 public:
  /// A block that was taken, and the sharer's limits; `block` is null if no such handle is in flight.
  struct Taken {
    Block* block = nullptr;
    bool readonly = false;   ///< the memory is
    bool look_only = false;  ///< the view is that was shared
    bool refused = false;    ///< it stays in flight: a view must be taken from it, and the caller takes none
  };

  static Handles& Get();

  /// Makes a handle and returns its nonce, 32 hexadecimal digits. Empty if the block has ended, or the system
  /// has no random bytes.
  std::string Make(Block& block, const void* maker, bool readonly);
  /// From now on the handle yields read-only views only. False if it is not in flight.
  bool Restrict(uint64_t id, std::string_view nonce);
  /// Passes the owner and the reference to the caller. `view`: the caller makes a view of the memory.
  Taken Take(uint64_t id, std::string_view nonce, bool view = true);
  /// Drops the handles of `maker` that no thread took.
  void DropAllOf(const void* maker);

 private:
  struct InFlight {
    std::string nonce;
    Block* block;
    const void* maker;
    bool readonly;
    bool look_only = false;
  };
  using Place = std::list<InFlight>::iterator;

  /// The place of that handle, or the end of the list. Under the lock.
  Place Find(uint64_t id, std::string_view nonce);

  std::mutex mutex_;
  std::list<InFlight> in_flight_;                       // guarded by mutex_
  std::unordered_map<std::string_view, Place> places_;  // by the nonce in the list; guarded by mutex_
};

}  // namespace mv

#endif  // MEMORYVIEW_CORE_HANDLES_H_
