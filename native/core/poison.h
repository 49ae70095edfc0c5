// Marks memory that no code may use for the time being, where AddressSanitizer watches.
//
// Memory that this library keeps for later is not freed, so the sanitizer would not report its use. Poisoned,
// it is reported as freed memory is. Other builds do nothing. Nothing is held; any thread may call these
// functions.
#ifndef MEMORYVIEW_CORE_POISON_H_
#define MEMORYVIEW_CORE_POISON_H_

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define MV_ADDRESS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MV_ADDRESS_SANITIZED 1
#endif
#endif

#ifdef MV_ADDRESS_SANITIZED
#include <sanitizer/asan_interface.h>
#endif

namespace mv {

#ifdef MV_ADDRESS_SANITIZED
inline constexpr bool kAddressSanitized = true;
inline void Poison(const void* base, size_t nbytes) { __asan_poison_memory_region(base, nbytes); }
inline void Unpoison(const void* base, size_t nbytes) { __asan_unpoison_memory_region(base, nbytes); }
#else
inline constexpr bool kAddressSanitized = false;
inline void Poison(const void*, size_t) {}
inline void Unpoison(const void*, size_t) {}
#endif

}  // namespace mv

#endif  // MEMORYVIEW_CORE_POISON_H_
