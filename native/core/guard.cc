// The guard mode: guarded blocks, the registry of their ranges, and the message about a fault.
//
// The registry owns a Guarded record for each range and keeps it until the process ends; a GuardedBlock
// refers to its own. A mutex protects the registry. The message is written while a fault is handled: that
// code only tries the lock, because the faulting thread may hold it, prints no message if it fails, and
// allocates nothing. guard.h states the rest, and guard_posix.cc and guard_win32.cc hold the handlers.
#include "guard.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

#include "forever.h"
#include "guard_fault.h"
#include "mapping.h"
#include "new_or.h"

namespace mv {
namespace {

// What the fault message says of a range; kept after the block was deleted.
struct Guarded {
  uint64_t id;
  uintptr_t range;
  size_t range_size;
  uintptr_t base;
  size_t size;
  const char* kind;
  std::string label;
  std::string trace;
  bool ended = false;
};

struct Registry {
  std::mutex mutex;
  std::map<uintptr_t, Guarded> ranges;  // by start; guarded by mutex
};

Registry& Ranges() { return Forever<Registry>(); }

// The functions below run while a fault is handled, so they only write, and never allocate.
void Write(std::string_view text) { WriteInFault(text); }

void WriteNumber(uintptr_t number, unsigned base) {
  std::array<char, 24> digits;
  size_t at = digits.size();
  do {
    digits[--at] = "0123456789abcdef"[number % base];
    number /= base;
  } while (number != 0);
  Write({digits.data() + at, digits.size() - at});
}

/// Writes text that a program chose. Bytes that could end the line or the quotes, or control a terminal, are
/// written as \xNN.
void WriteEscaped(std::string_view text, bool lines) {
  const auto at = [text](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  // U+0080 to U+009F control terminals as the first 32 characters do. In UTF-8 they are C2 and such a byte.
  const auto steers = [at](size_t i) { return at(i) == 0xc2 && at(i + 1) >= 0x80 && at(i + 1) < 0xa0; };
  size_t plain = 0;
  for (size_t i = 0; i < text.size(); i++) {
    const unsigned byte = at(i);
    if (lines && (byte == '\n' || byte == '"')) continue;
    const bool special = byte < 0x20 || byte == 0x7f || byte == '"' || byte == '\\';
    if (!special && !steers(i) && !(i > 0 && steers(i - 1))) continue;
    Write(text.substr(plain, i - plain));
    Write(byte < 0x10 ? "\\x0" : "\\x");
    WriteNumber(byte, 16);
    plain = i + 1;
  }
  Write(text.substr(plain));
}

void Describe(const Guarded& range, uintptr_t address) {
  Write("memoryview guard: native code touched 0x");
  WriteNumber(address, 16);
  if (range.ended) {
    Write(", in released memory: ");
  } else if (address >= range.base + range.size) {
    Write(", ");
    WriteNumber(address - range.base - range.size, 10);
    Write(" bytes past the end of live memory: ");
  } else {
    Write(", ");
    WriteNumber(range.base - address, 10);
    Write(" bytes before live memory: ");
  }
  Write("block ");
  WriteNumber(range.id, 10);
  Write(" (");
  Write(range.kind);
  Write(", ");
  WriteNumber(range.size, 10);
  Write(" bytes at 0x");
  WriteNumber(range.base, 16);
  Write(range.label.empty() ? ")" : ", label \"");
  if (!range.label.empty()) {
    WriteEscaped(range.label, false);
    Write("\")");
  }
  Write("\n");
  if (!range.trace.empty()) {
    Write("allocated\n");
    WriteEscaped(range.trace, true);
    Write("\n");
  }
}

void DescribeFault(uintptr_t address) {
  Registry& registry = Ranges();
  // The faulting thread may hold the lock itself; then no message is printed.
  if (!registry.mutex.try_lock()) return;
  auto found = registry.ranges.upper_bound(address);
  if (found != registry.ranges.begin()) {
    --found;
    const Guarded& range = found->second;
    if (address - range.range < range.range_size) Describe(range, address);
  }
  registry.mutex.unlock();
}

class GuardedBlock final : public Block {
 public:
  GuardedBlock(Kind kind, const Pages& whole, const Pages& inside, void* base, size_t nbytes,
               std::string_view label)
      : Block(kind, label), whole_(whole), inside_(inside), range_(Enter(kind, whole, base, nbytes, label)) {
    KeepAddresses();
    try {
      Born(base, nbytes);
    } catch (const std::bad_alloc&) {
      std::lock_guard<std::mutex> lock(Ranges().mutex);
      Ranges().ranges.erase(range_.range);
      throw;
    }
    std::lock_guard<std::mutex> lock(Ranges().mutex);
    range_.id = id();
  }

  bool CanOverlay() const override { return true; }
  void SetTrace(std::string trace) override {
    std::string copy = trace;
    {
      std::lock_guard<std::mutex> lock(Ranges().mutex);
      range_.trace = std::move(copy);
    }
    Block::SetTrace(std::move(trace));
  }

 private:
  /// Adds the range to the registry, which never removes it.
  static Guarded& Enter(Kind kind, const Pages& whole, const void* base, size_t nbytes,
                        std::string_view label) {
    const auto start = reinterpret_cast<uintptr_t>(whole.base);
    Guarded range{0,
                  start,
                  whole.nbytes,
                  reinterpret_cast<uintptr_t>(base),
                  nbytes,
                  kind == Kind::kArena ? "arena" : "heap",
                  std::string(label),
                  std::string()};
    std::lock_guard<std::mutex> lock(Ranges().mutex);
    return Ranges().ranges.insert_or_assign(start, std::move(range)).first->second;
  }

  void GiveBack(bool) override {
    {
      std::lock_guard<std::mutex> lock(Ranges().mutex);
      range_.ended = true;
    }
    ForbidPages(inside_);
  }
  void GiveBackAddresses() override {}

  const Pages whole_;
  const Pages inside_;
  Guarded& range_;  // in the registry, under its lock
};

}  // namespace

bool GuardWanted() {
  static const bool wanted = [] {
    const char* value = std::getenv("MEMORYVIEW_GUARD");
    return value != nullptr && *value != '\0' && std::strcmp(value, "0") != 0;
  }();
  return wanted;
}

Block* MakeGuardedBlock(Kind kind, size_t nbytes, size_t alignment, std::string_view label) {
  static std::once_flag installed;
  std::call_once(installed, [] { DescribeFaultsBy(DescribeFault); });
  const size_t page = PageSize();
  if (nbytes > SIZE_MAX / 4) return nullptr;
  const size_t room = std::max((nbytes + page - 1) / page * page, page);
  const size_t ahead = std::max(alignment, page);
  const Pages whole = MapPages(ahead + room + page, alignment);
  if (whole.base == nullptr) return nullptr;
  char* start = static_cast<char*>(whole.base) + ahead;
  const Pages inside{start, room};
  // Fails if the process has reached its limit of mappings. A block without guard pages would detect nothing.
  if (!ForbidPages({whole.base, ahead}) || !ForbidPages({start + room, page})) {
    UnmapPages(whole);
    return nullptr;
  }
  // The block lies as close to the end as its alignment allows, so that an overrun reaches the page behind.
  const auto end = reinterpret_cast<uintptr_t>(start + room);
  const uintptr_t base = (end - nbytes) & ~(static_cast<uintptr_t>(alignment) - 1);
  return NewOr<GuardedBlock>([&] { UnmapPages(whole); }, kind, whole, inside, reinterpret_cast<void*>(base),
                             nbytes, label);
}

}  // namespace mv
