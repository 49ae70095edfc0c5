// When two items of one size have equal values.
#ifndef MEMORYVIEW_CORE_EQUALITY_H_
#define MEMORYVIEW_CORE_EQUALITY_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace mv {

/// How bytes decide; the numbers are those of EQUALITY in src/bulk/kernels.ts.
enum class Equality : uint8_t {
  kBytes = 0,  ///< equal bytes, equal values
  kFloat = 1,  ///< IEEE 754 of 2, 4 or 8 bytes: NaN equals nothing, -0 equals 0
  kTruth = 2,  ///< one byte: 0, or anything else
};

/// The bytes of an item as an unsigned integer, from any address.
template <class Word, bool kSwap>
inline Word LoadWord(const char* at) {
  Word word;
  // SAFETY: the caller's item has sizeof(Word) bytes there.
  std::memcpy(&word, at, sizeof word);
  if constexpr (!kSwap || sizeof(Word) == 1) return word;
  if constexpr (sizeof(Word) == 2) return __builtin_bswap16(word);
  if constexpr (sizeof(Word) == 4) return __builtin_bswap32(word);
  return static_cast<Word>(__builtin_bswap64(word));
}

struct SameBytes {
  template <class Word>
  static bool Differ(Word x, Word y) {
    return x != y;
  }
};

struct SameTruth {
  template <class Word>
  static bool Differ(Word x, Word y) {
    return (x != 0) != (y != 0);
  }
};

struct SameFloat {
  static bool Differ(uint64_t x, uint64_t y) { return As<double>(x) != As<double>(y); }
  static bool Differ(uint32_t x, uint32_t y) { return As<float>(x) != As<float>(y); }
  static bool Differ(uint16_t x, uint16_t y) {
    constexpr uint16_t kMagnitude = 0x7FFF;
    constexpr uint16_t kInfinity = 0x7C00;
    return (x != y || (x & kMagnitude) > kInfinity) && ((x | y) & kMagnitude) != 0;
  }

 private:
  template <class Float, class Word>
  static Float As(Word word) {
    Float value;
    static_assert(sizeof value == sizeof word);
    std::memcpy(&value, &word, sizeof value);
    return value;
  }
};

}  // namespace mv

#endif  // MEMORYVIEW_CORE_EQUALITY_H_
