#include "search.h"

#include <algorithm>
#include <cstring>

namespace mv {
namespace {

constexpr size_t kStretch = 256;

template <class Same, class Word, bool kSwap, bool kDense>
size_t CountedIn(const char* first, size_t length, ptrdiff_t step, Word wanted) {
  if constexpr (kDense) step = sizeof(Word);
  size_t count = 0;
  // A byte holds the count of 255 items, and counts as wide as the items need no conversion.
  constexpr size_t kMost = 255;
  for (size_t done = 0; done < length; done += kMost) {
    const size_t end = std::min(done + kMost, length);
    Word part = 0;
    for (size_t i = done; i < end; i++) {
      const Word word = LoadWord<Word, kSwap>(first + static_cast<ptrdiff_t>(i) * step);
      part = static_cast<Word>(part + static_cast<Word>(!Same::Differ(word, wanted)));
    }
    count += part;
  }
  return count;
}

template <class Same, class Word, bool kSwap, bool kDense>
size_t FoundIn(const char* first, size_t length, ptrdiff_t step, Word wanted) {
  if constexpr (kDense) step = sizeof(Word);
  for (size_t done = 0; done < length; done += kStretch) {
    const size_t end = std::min(done + kStretch, length);
    // Without a way out of the loop the compiler tests many items at once.
    Word any = 0;
    for (size_t i = done; i < end; i++) {
      const Word word = LoadWord<Word, kSwap>(first + static_cast<ptrdiff_t>(i) * step);
      any |= static_cast<Word>(!Same::Differ(word, wanted));
    }
    if (any == 0) continue;
    for (size_t i = done; i < end; i++) {
      const Word word = LoadWord<Word, kSwap>(first + static_cast<ptrdiff_t>(i) * step);
      if (!Same::Differ(word, wanted)) return i;
    }
  }
  return kNotFound;
}

template <bool kCount, class Same, class Word, bool kSwap>
size_t Scanned(const Row& row, const char* wanted) {
  const Word word = LoadWord<Word, kSwap>(wanted);
  const bool dense = row.step == static_cast<ptrdiff_t>(sizeof(Word));
  if constexpr (kCount) {
    if (dense) return CountedIn<Same, Word, kSwap, true>(row.first, row.length, row.step, word);
    return CountedIn<Same, Word, kSwap, false>(row.first, row.length, row.step, word);
  } else {
    if (dense) return FoundIn<Same, Word, kSwap, true>(row.first, row.length, row.step, word);
    return FoundIn<Same, Word, kSwap, false>(row.first, row.length, row.step, word);
  }
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
  if (how == Equality::kTruth) return Scanned<kCount, SameTruth, uint8_t, false>(row, wanted);
  if (how == Equality::kFloat) {
    switch (row.itemsize) {
      case 2:
        return swap ? Scanned<kCount, SameFloat, uint16_t, true>(row, wanted)
                    : Scanned<kCount, SameFloat, uint16_t, false>(row, wanted);
      case 4:
        return swap ? Scanned<kCount, SameFloat, uint32_t, true>(row, wanted)
                    : Scanned<kCount, SameFloat, uint32_t, false>(row, wanted);
      default:
        return swap ? Scanned<kCount, SameFloat, uint64_t, true>(row, wanted)
                    : Scanned<kCount, SameFloat, uint64_t, false>(row, wanted);
    }
  }
  switch (row.itemsize) {
    case 1:
      return Scanned<kCount, SameBytes, uint8_t, false>(row, wanted);
    case 2:
      return Scanned<kCount, SameBytes, uint16_t, false>(row, wanted);
    case 4:
      return Scanned<kCount, SameBytes, uint32_t, false>(row, wanted);
    case 8:
      return Scanned<kCount, SameBytes, uint64_t, false>(row, wanted);
    default:
      return ScannedRuns<kCount>(row, wanted);
  }
}

}  // namespace

size_t FindItem(const Row& row, const char* wanted, Equality how, bool swap) {
  if (how == Equality::kBytes && row.itemsize == 1 && row.step == 1) {
    // The C library's own search is written for each processor.
    const void* found = std::memchr(row.first, static_cast<unsigned char>(*wanted), row.length);
    return found == nullptr ? kNotFound : static_cast<size_t>(static_cast<const char*>(found) - row.first);
  }
  return Scan<false>(row, wanted, how, swap);
}

size_t CountItems(const Row& row, const char* wanted, Equality how, bool swap) {
  return Scan<true>(row, wanted, how, swap);
}

}  // namespace mv
