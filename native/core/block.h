// One control block for each piece of memory, process-wide.
//
// Three counts decide about it:
// - *Owners*: one for each environment that has an ArrayBuffer over it, one for each handle in flight.
// - *Pins*: borrows, asynchronous work, native views, lent objects. Each has a holder's name.
// - *References* keep this object and the address range. Each owner, each pin and each ArrayBuffer that is
//   not finalized yet has one.
//
// Owners and pins keep the memory. Both live in one atomic word, so that a release can ask "no pins?" and
// close the block in one step. The last of them ends the block: it leaves the ledger and gives its memory
// back. The last reference gives the addresses back.
//
//            last owner and last pin go          last reference goes
//   live ───────────────────────────────▶ ended ─────────────────────▶ deleted
//    │                                      ▲
//    │ BeginRelease     FinishRelease       │
//    └────────────────▶ closed ─────────────┘
//           ◀──────────────┘ CancelRelease
//
// An environment that ends can ask that less goes back, where code that it does not know may use the pointer:
// KeepAddresses leaves zero pages in place, and KeepWhole, for memory of other libraries, which can't be
// replaced by zeros, leaves the memory as it is and its deleter uncalled.
//
// All members may be called on any thread. No member calls into JS. A block knows no environment: an
// environment that ends drops what it held.
#ifndef MEMORYVIEW_CORE_BLOCK_H_
#define MEMORYVIEW_CORE_BLOCK_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "id_table.h"
#include "ledger.h"
#include "system.h"

namespace mv {

class SlabBlock;

class Block : private Listed {
 public:
  /// What taking one owner off by a release found.
  enum class Release {
    kPinned,  ///< refused: there are pins; nothing changed
    kShared,  ///< other owners remain, the memory stays
    kLast,    ///< the block is closed; FinishRelease must end it
    kNone,    ///< the block was closed before, and the caller owned nothing; nothing changed
  };
  using Holders = std::vector<std::pair<std::string, uint32_t>>;

  /// What is true of the bytes beyond this process's own doing; code that hands them on has to say it.
  struct Nature {
    bool shared = false;     ///< another process may change them at any time
    bool may_fault = false;  ///< they may be lost: a file that shrinks
    bool is_copy = false;    ///< of the memory that an exporter was asked for
    bool immutable = false;  ///< they are not written as long as they live
  };

  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  uint64_t id() const { return listed_id; }
  void* base() const { return base_; }
  size_t size() const { return size_; }
  Kind kind() const { return kind_; }
  const std::string& label() const;
  std::chrono::steady_clock::time_point born() const { return born_; }
  /// Whether it is memory that a program asked for.
  bool counted() const { return counted_; }

  void Ref() { refs_.fetch_add(1, std::memory_order_relaxed); }
  /// May delete the block.
  void Unref();

  /// One owner more; false once the block is closed.
  bool AddOwner();
  /// Takes an owner off without asking for pins, as the garbage collector does. The caller keeps its
  /// reference.
  void DropOwner();
  /// Takes an owner and a reference off.
  void Drop();

  /// The two halves of a release: between them the caller detaches its ArrayBuffer, and cancels where it
  /// can't.
  Release BeginRelease();
  /// False where the other owners let go meanwhile: the caller owns nothing any more.
  bool CancelRelease(Release begun);
  void FinishRelease(Release begun);

  /// One pin and one reference more; false once the block is closed.
  bool Pin(std::string_view holder);
  /// Takes both off again. May end and delete the block.
  void Unpin(std::string_view holder);
  uint32_t pins() const;
  bool closed() const;
  /// Who pins, by name, with counts.
  Holders holders() const;
  /// Calls `notify` once nothing is pinned: now, or on the thread that drops the last pin.
  void WhenUnpinned(std::function<void()> notify);

  /// The memory goes back at the end of the block, its addresses never: unknown code may use them.
  void KeepAddresses() { Keep(Kept::kAddresses); }
  /// Nothing is given back at the end of the block: unknown code may use the bytes.
  void KeepWhole() { Keep(Kept::kWhole); }

  std::string trace() const;
  virtual void SetTrace(std::string trace);

  virtual Nature nature() const { return {}; }
  /// Itself, if it is the block of a slab.
  virtual SlabBlock* AsSlab() { return nullptr; }

  /// Whether the memory can be taken away while a pointer to it may still be used (reads then give zeros).
  virtual bool CanOverlay() const = 0;

 protected:
  /// For a block that only carries others: neither counted nor listed.
  struct Uncounted {};

  /// Starts with one owner and one reference, both the caller's.
  Block(Kind kind, std::string_view label, std::chrono::steady_clock::time_point born = RoughlyNow());
  Block(Kind kind, std::string_view label, Uncounted);
  virtual ~Block();

  /// Called once by the maker, when the memory is there; enters the block in the ledger.
  void Born(void* base, size_t size);
  /// The same for a part of a slab that was counted there, and had an id, until now.
  void BornOf(SlabBlock& slab, uint64_t index, uint64_t id, void* base, size_t size);

  /// Gives the memory back at the end of the block, once; the addresses stay. `unmapping`: they go back next.
  virtual void GiveBack(bool unmapping) = 0;
  /// Gives the addresses back, after GiveBack, when nothing can hold them.
  virtual void GiveBackAddresses() = 0;
  /// Whether the addresses never go back.
  bool keeps_addresses() const { return kept_.load(std::memory_order_relaxed) != Kept::kNothing; }

 private:
  friend class Ledger;

  /// What few blocks need. Made for the first use, and kept as long as the block.
  struct Extras {
    std::string label{};  // constant from the start
    std::mutex mutex{};
    Holders holders{};  // guarded by the mutex, as all that follows
    std::vector<std::function<void()>> unpinned{};
    std::string trace{};
  };

  /// Makes them where there are none.
  Extras& NeedExtras();
  Extras* extras() const { return extras_.load(std::memory_order_acquire); }

  enum class Kept : uint8_t { kNothing, kAddresses, kWhole };
  /// Raises how much is kept; never lowers it.
  void Keep(Kept kept);
  /// Adds a pin to the holder's count, or takes one off.
  void Name(std::string_view holder);
  void Unname(std::string_view holder);
  /// Takes an owner off; whether the block closed by it.
  bool TakeOwner();
  /// `unmapping`: the caller drops the last reference next.
  void End(bool unmapping = false);

  static constexpr uint64_t kOwner = uint64_t{1} << 32;
  static constexpr uint64_t kClosed = uint64_t{1} << 63;
  static constexpr uint64_t kPins = kOwner - 1;

  void* base_ = nullptr;
  size_t size_ = 0;
  const Kind kind_;
  const bool counted_;
  const std::chrono::steady_clock::time_point born_;

  std::atomic<uint64_t> counts_{kOwner};  // closed bit, owners, pins
  std::atomic<uint32_t> refs_{1};
  std::atomic<Kept> kept_{Kept::kNothing};
  bool ended_ = false;

  std::atomic<Extras*> extras_{nullptr};  // owned
};

}  // namespace mv

#endif  // MEMORYVIEW_CORE_BLOCK_H_
