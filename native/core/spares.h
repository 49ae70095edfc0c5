// Objects that have ended and serve again, so that the next one costs no allocation.
//
//            Keep                 Take
//   in use ───────▶ spare (poisoned) ───────▶ in use, as new
//
// The collection owns its spares. It has no lock: its user does. A spare is poisoned (poison.h), so that
// AddressSanitizer reports a late use of it. Where the sanitizer watches, the spare that has waited longest
// is taken, and only behind kRested others; elsewhere the latest, which may still be in the processor's
// caches.
#ifndef MEMORYVIEW_CORE_SPARES_H_
#define MEMORYVIEW_CORE_SPARES_H_

#include <cstddef>
#include <utility>

#include "poison.h"

namespace mv {

/// Keeps at most `kMost` objects. `link` is the member of an object that refers to the next spare.
template <typename T, T* T::*link, size_t kMost>
class Spares {
 public:
  /// Under AddressSanitizer, spares that wait at the least: a use of one that was taken again is not
  /// reported.
  static constexpr size_t kRested = kAddressSanitized ? kMost / 4 : 0;

  Spares() = default;
  Spares(const Spares&) = delete;
  Spares& operator=(const Spares&) = delete;
  ~Spares() { Drop(); }

  /// A spare, which the caller owns, as T{} makes it; null where none is to be had.
  T* Take() { return count_ > kRested ? Pop() : nullptr; }

  /// Owns an object from now on, and resets it. False, with the object as it was, where enough are kept.
  bool Keep(T& object) {
    if (count_ == kMost) return false;
    object = T{};
    if (kAddressSanitized && newest_ != nullptr) {
      // SAFETY: a spare of this collection, which is poisoned again below.
      Unpoison(newest_, sizeof(T));
      newest_->*link = &object;
      Poison(newest_, sizeof(T));
    } else {
      object.*link = std::exchange(next_, &object);
    }
    newest_ = &object;
    count_ += 1;
    Poison(&object, sizeof(T));
    return true;
  }

  /// Deletes all.
  void Drop() {
    while (count_ != 0) delete Pop();
    newest_ = nullptr;
  }

 private:
  T* Pop() {
    T* taken = next_;
    Unpoison(taken, sizeof(T));
    next_ = std::exchange(taken->*link, nullptr);
    if (--count_ == 0) newest_ = nullptr;
    return taken;
  }

  T* next_ = nullptr;    // the one to be taken next
  T* newest_ = nullptr;  // the one that was kept last
  size_t count_ = 0;
};

}  // namespace mv

#endif  // MEMORYVIEW_CORE_SPARES_H_
