// Finds or counts one value in a row of evenly spaced items.
//
// It reads the caller's memory and owns none: the caller keeps the row alive for the call. PatternOf
// turns the value and the rule of equality into a mask and bits once, so that the loops only compare
// words, a vector at a time if the row is dense. A large row is searched from its start on the calling
// thread first, because most finds are early. Then up to four threads (parallel.h) take pieces in order
// from an atomic counter; they end before the call returns.
#include "search.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>

#include "../parallel.h"

namespace mv {
namespace {

/// The test for equal items: `((item & mask) == bits) != flip`, in the items' own byte order.
template <class Word>
struct Pattern {
  Word mask;
  Word bits;
  Word flip;   // all ones to invert the test: a true value equals every item other than 0
  bool never;  // nothing equals a NaN
};

template <class Word>
Pattern<Word> PatternOf(const char* wanted, Equality how, bool swap) {
  // A short word becomes a signed int before any operator works on it.
  constexpr auto kOnes = static_cast<Word>(~Word{0});
  const auto raw = LoadWord<Word, false>(wanted);
  if (how == Equality::kTruth) return {kOnes, 0, raw == 0 ? Word{0} : kOnes, false};
  if constexpr (sizeof(Word) > 1) {
    if (how == Equality::kFloat) {
      // Equal bits are equal floats, except for NaN. Different bits are different floats, except for the two
      // zeros.
      constexpr int kExponent = sizeof(Word) == 2 ? 5 : sizeof(Word) == 4 ? 8 : 11;
      constexpr int kFraction = 8 * sizeof(Word) - 1 - kExponent;
      constexpr auto kInfinity = static_cast<Word>(((Word{1} << kExponent) - 1) << kFraction);
      constexpr auto kMagnitude = static_cast<Word>(kOnes >> 1);
      const Word value = swap ? LoadWord<Word, true>(wanted) : raw;
      if ((value & kMagnitude) == 0) {
        const auto* mask = reinterpret_cast<const char*>(&kMagnitude);
        return {swap ? LoadWord<Word, true>(mask) : kMagnitude, 0, 0, false};
      }
      return {kOnes, raw, 0, (value & kMagnitude) > kInfinity};
    }
  }
  return {kOnes, raw, 0, false};
}

/// As many words as every processor compares at once.
template <class Word>
struct Lanes {
  static constexpr size_t kCount = 16 / sizeof(Word);
  typedef Word Vector __attribute__((vector_size(16)));
};

/// All ones in each lane that has the pattern.
template <class Word, class Vector = typename Lanes<Word>::Vector>
inline Vector HitsAt(const char* at, const Pattern<Word>& pattern) {
  Vector items;
  // SAFETY: the caller's row has so many items there.
  std::memcpy(&items, at, sizeof items);
  items &= pattern.mask;
  if constexpr (sizeof(Word) == 8) {
    // By halves, because SSE2 can't compare 64 bits; no pattern of that size has a flip.
    using Halves = Lanes<uint32_t>::Vector;
    const auto halves = reinterpret_cast<Halves>(reinterpret_cast<Halves>(items) ==
                                                 reinterpret_cast<Halves>(Vector{} + pattern.bits));
    return reinterpret_cast<Vector>(halves & __builtin_shufflevector(halves, halves, 1, 0, 3, 2));
  } else {
    return reinterpret_cast<Vector>(items == pattern.bits) ^ pattern.flip;
  }
}

template <class Word>
inline bool IsHit(const char* at, const Pattern<Word>& pattern) {
  const auto item = LoadWord<Word, false>(at);
  return (static_cast<Word>(item & pattern.mask) == pattern.bits) != (pattern.flip != 0);
}

/// Items that are tested without an early exit, so that the next ones load meanwhile.
constexpr size_t kStretch = 256;

template <class Word>
size_t FoundIn(const Row& row, const Pattern<Word>& pattern) {
  size_t i = 0;
  if (row.step == static_cast<ptrdiff_t>(sizeof(Word))) {
    for (; row.length - i >= kStretch; i += kStretch) {
      typename Lanes<Word>::Vector any{};
      for (size_t k = 0; k < kStretch; k += Lanes<Word>::kCount)
        any |= HitsAt<Word>(row.first + (i + k) * sizeof(Word), pattern);
      std::array<uint64_t, sizeof any / sizeof(uint64_t)> bits;
      std::memcpy(bits.data(), &any, sizeof any);
      if ((bits[0] | bits[1]) != 0) break;
    }
  }
  for (; i < row.length; i++)
    if (IsHit<Word>(row.first + static_cast<ptrdiff_t>(i) * row.step, pattern)) return i;
  return kNotFound;
}

template <class Word>
size_t CountedIn(const Row& row, const Pattern<Word>& pattern) {
  size_t i = 0;
  size_t count = 0;
  if (row.step == static_cast<ptrdiff_t>(sizeof(Word))) {
    // A lane of one byte can count up to 255 items.
    constexpr size_t kMax = 255 * Lanes<Word>::kCount;
    for (; row.length - i >= Lanes<Word>::kCount;) {
      const size_t end = i + std::min(kMax, (row.length - i) / Lanes<Word>::kCount * Lanes<Word>::kCount);
      typename Lanes<Word>::Vector part{};
      for (; i < end; i += Lanes<Word>::kCount) part -= HitsAt<Word>(row.first + i * sizeof(Word), pattern);
      for (size_t lane = 0; lane < Lanes<Word>::kCount; lane++) count += part[lane];
    }
  }
  for (; i < row.length; i++)
    count += IsHit<Word>(row.first + static_cast<ptrdiff_t>(i) * row.step, pattern) ? 1 : 0;
  return count;
}

template <bool kCount, class Word>
size_t Scanned(const Row& row, const char* wanted, Equality how, bool swap) {
  const Pattern<Word> pattern = PatternOf<Word>(wanted, how, swap);
  if (pattern.never) return kCount ? 0 : kNotFound;
  return kCount ? CountedIn<Word>(row, pattern) : FoundIn<Word>(row, pattern);
}

template <bool kCount>
size_t ScannedRuns(const Row& row, const char* wanted) {
  size_t count = 0;
  for (size_t i = 0; i < row.length; i++) {
    const char* item = row.first + static_cast<ptrdiff_t>(i) * row.step;
    if (std::memcmp(item, wanted, row.itemsize) != 0) continue;
    if constexpr (!kCount) return i;
    count++;
  }
  return kCount ? count : kNotFound;
}

template <bool kCount>
size_t Scan(const Row& row, const char* wanted, Equality how, bool swap) {
  switch (row.itemsize) {
    case 1:
      return Scanned<kCount, uint8_t>(row, wanted, how, swap);
    case 2:
      return Scanned<kCount, uint16_t>(row, wanted, how, swap);
    case 4:
      return Scanned<kCount, uint32_t>(row, wanted, how, swap);
    case 8:
      return Scanned<kCount, uint64_t>(row, wanted, how, swap);
    default:
      return ScannedRuns<kCount>(row, wanted);
  }
}

/// Bytes that a thread searches before it takes the next piece.
constexpr size_t kPiece = 256 * 1024;
/// Bytes that the calling thread searches before it starts others, because most finds are early.
constexpr size_t kHead = 1024 * 1024;

/// The state that the threads of one call share; each takes the next piece until none is left.
struct Shared {
  const Row& row;
  const char* wanted;
  Equality how;
  bool swap;
  size_t piece;  // items
  std::atomic<size_t> next;
  std::atomic<size_t> found = kNotFound;
  std::atomic<size_t> count = 0;
};

/// Bytes of memory that are read for each item, at most a cache line unless the item is larger.
size_t PitchOf(const Row& row) {
  constexpr size_t kCacheLine = 64;
  return std::max(row.itemsize, std::min<size_t>(kCacheLine, static_cast<size_t>(std::abs(row.step))));
}

Row PieceOf(const Row& row, size_t from, size_t length) {
  return {row.first + static_cast<ptrdiff_t>(from) * row.step, row.itemsize,
          std::min(length, row.length - from), row.step};
}

void FindPart(void* context, size_t) {
  auto& all = *static_cast<Shared*>(context);
  for (;;) {
    const size_t from = all.next.fetch_add(all.piece, std::memory_order_relaxed);
    size_t first = all.found.load(std::memory_order_relaxed);
    // Pieces are taken in order, so every piece before a find was taken earlier.
    if (from >= all.row.length || from > first) return;
    const size_t at = Scan<false>(PieceOf(all.row, from, all.piece), all.wanted, all.how, all.swap);
    if (at == kNotFound) continue;
    while (from + at < first &&
           !all.found.compare_exchange_weak(first, from + at, std::memory_order_relaxed)) {
    }
    return;
  }
}

void CountPart(void* context, size_t) {
  auto& all = *static_cast<Shared*>(context);
  for (;;) {
    const size_t from = all.next.fetch_add(all.piece, std::memory_order_relaxed);
    if (from >= all.row.length) return;
    const size_t count = Scan<true>(PieceOf(all.row, from, all.piece), all.wanted, all.how, all.swap);
    all.count.fetch_add(count, std::memory_order_relaxed);
  }
}

}  // namespace

size_t FindItem(const Row& row, const char* wanted, Equality how, bool swap) {
  if (how == Equality::kBytes && row.itemsize == 1 && row.step == 1) {
    // memchr of the C library is written for each processor, and runs at the speed of memory.
    const void* found = std::memchr(row.first, static_cast<unsigned char>(*wanted), row.length);
    return found == nullptr ? kNotFound : static_cast<size_t>(static_cast<const char*>(found) - row.first);
  }
  const size_t pitch = PitchOf(row);
  const size_t threads = ThreadsFor(row.length * pitch);
  if (threads == 1) return Scan<false>(row, wanted, how, swap);
  const size_t head = kHead / pitch;
  const size_t early = Scan<false>(PieceOf(row, 0, head), wanted, how, swap);
  if (early != kNotFound) return early;
  Shared all{row, wanted, how, swap, std::max<size_t>(1, kPiece / pitch), head};
  InParallel(threads, FindPart, &all);
  return all.found.load(std::memory_order_relaxed);
}

size_t CountItems(const Row& row, const char* wanted, Equality how, bool swap) {
  const size_t pitch = PitchOf(row);
  const size_t threads = ThreadsFor(row.length * pitch);
  if (threads == 1) return Scan<true>(row, wanted, how, swap);
  Shared all{row, wanted, how, swap, std::max<size_t>(1, kPiece / pitch), 0};
  InParallel(threads, CountPart, &all);
  return all.count.load(std::memory_order_relaxed);
}

}  // namespace mv
