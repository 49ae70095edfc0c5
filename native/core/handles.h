// Memory on its way from one thread to another.
//
// A handle in flight owns its block (one owner, one reference), so the memory lives on the way. It
// is named by the block's id and a random nonce, and can be taken once. Its maker gives its own address
// as the maker; when that environment ends it drops what was not taken. The table is process-wide and never
// torn down; all functions may be called on any thread.
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
  /// A block that was taken, with what its sharer said; `block` is null where no such handle is in flight.
  struct Taken {
    Block* block = nullptr;
    bool readonly = false;   ///< the memory is
    bool look_only = false;  ///< the view is that was shared
    bool refused = false;    ///< it stays in flight: a view must be taken from it, and the caller takes none
  };

  static Handles& Get();

  /// Makes a handle and answers its nonce, 32 hexadecimal digits; empty where the block has
  /// ended, or the system has no random bytes.
  std::string Make(Block& block, const void* maker, bool readonly);
  /// From now on only a view that can't write may come of the handle. False where it is not in flight.
  bool Restrict(uint64_t id, std::string_view nonce);
  /// Hands the owner and the reference over to the caller, who says whether it makes a view of the memory.
  Taken Take(uint64_t id, std::string_view nonce, bool view = true);
  /// Drops what `maker` made and no thread took.
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
