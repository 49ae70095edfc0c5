// Reading and writing at addresses that the caller vouches for.
//
// Small items go through the array of layouts, which JS reads and writes in place: an ArrayBuffer for each
// call would cost ten times the copy. Nothing here owns memory. All of it runs on the environment's thread.
#include <algorithm>
#include <cstring>
#include <vector>

#include "../core/kernels/strided_copy.h"
#include "call.h"
#include "exports.h"
#include "item_layouts.h"

namespace mv {
namespace {

constexpr size_t kScratchBytes = kLayoutNumbers * sizeof(double);
// A lower address is a null pointer, or a member behind one.
constexpr uint64_t kFirstAddress = 4096;

char* ScratchOf(Environment& environment) { return reinterpret_cast<char*>(environment.scratch()); }

/// Reads an address and how many bytes from it on are wanted. False for more bytes than the scratch space
/// has, and for what `readAddress` of src/memory/pointer.ts refuses: the first page, and bytes that wrap
/// around.
bool ReadScratchRange(const Napi::CallbackInfo& info, uint64_t& address, uint64_t& nbytes) {
  return raw::ReadBigint(info[0], address) && address >= kFirstAddress && ReadCount(info[1], nbytes) &&
         nbytes <= kScratchBytes && nbytes <= UINT64_MAX - address;
}

// (address, nbytes) → whether the bytes were read; they are at the start of the layouts.
Napi::Value Peek(const Napi::CallbackInfo& info) {
  uint64_t address = 0;
  uint64_t nbytes = 0;
  const bool done = ReadScratchRange(info, address, nbytes);
  // SAFETY: the caller of memoryview/pointer says that these bytes can be read.
  if (done) std::memcpy(ScratchOf(EnvironmentOf(info)), reinterpret_cast<const void*>(address), nbytes);
  return Napi::Boolean::New(info.Env(), done);
}

// (address, nbytes) → whether the bytes were written: the same the other way.
Napi::Value Poke(const Napi::CallbackInfo& info) {
  uint64_t address = 0;
  uint64_t nbytes = 0;
  const bool done = ReadScratchRange(info, address, nbytes);
  // SAFETY: the caller of memoryview/pointer says that these bytes can be written.
  if (done) std::memcpy(reinterpret_cast<void*>(address), ScratchOf(EnvironmentOf(info)), nbytes);
  return Napi::Boolean::New(info.Env(), done);
}

/// The bytes before the first unit of zeros, `most` at most.
uint64_t TextLength(uint64_t address, uint64_t most, uint64_t unit) {
  // SAFETY: the caller says that the text, up to its end or `most` bytes, can be read.
  const char* text = reinterpret_cast<const char*>(address);
  if (unit == 1) return strnlen(text, most);
  uint64_t length = 0;
  while (length + 1 < most && (text[length] != 0 || text[length + 1] != 0)) length += 2;
  return std::min(length, most);
}

// (address, most, bytes of a unit) → the bytes of the text there, or -1; the first of them are at the start
// of the layouts.
Napi::Value PeekText(const Napi::CallbackInfo& info) {
  uint64_t address = 0;
  uint64_t most = 0;
  uint64_t unit = 0;
  if (!raw::ReadBigint(info[0], address) || address == 0 || !ReadCount(info[1], most) ||
      !ReadCount(info[2], unit)) {
    return Answer(info.Env(), -1);
  }
  const uint64_t length = TextLength(address, std::min(most, UINT64_MAX - address), unit);
  // SAFETY: TextLength has read these bytes.
  std::memcpy(ScratchOf(EnvironmentOf(info)), reinterpret_cast<const void*>(address),
              std::min<uint64_t>(length, kScratchBytes));
  return Answer(info.Env(), static_cast<double>(length));
}

/// The first and the last byte (exclusive) of one side of a walk.
struct Extent {
  const char* low;
  const char* high;
};

Extent ExtentOf(const PairWalk& walk, bool of_target) {
  Extent extent{of_target ? walk.to : walk.from, of_target ? walk.to : walk.from};
  for (size_t d = 0; d < walk.ndim; d++) {
    const ptrdiff_t stride = of_target ? walk.axes[d].to : walk.axes[d].from;
    const ptrdiff_t reach = static_cast<ptrdiff_t>(walk.axes[d].length - 1) * stride;
    (reach < 0 ? extent.low : extent.high) += reach;
  }
  extent.high += walk.itemsize;
  return extent;
}

/// (buffer, address) → status. The layouts describe the target, then the source; the side at the address is
/// dense from its byte 0.
template <bool kToAddress>
Napi::Value CopyAt(const Napi::CallbackInfo& info) {
  uint64_t address = 0;
  BufferBytes there;
  if (!raw::ReadBigint(info[1], address) || address == 0) return Answer(info.Env(), Status::kBadArgument);
  there.data = reinterpret_cast<char*>(address);
  there.nbytes = static_cast<int64_t>(std::min<uint64_t>(UINT64_MAX - address, INT64_MAX));
  const BufferBytes here = BytesOf(info[0]);
  ItemLayouts layouts;
  if (!ReadItemLayouts(EnvironmentOf(info).layouts(), kToAddress ? there : here, kToAddress ? here : there,
                       layouts)) {
    return Answer(info.Env(), Status::kBadArgument);
  }
  if (layouts.walk.ndim == 0) {
    // SAFETY: ReadItemLayouts found the one item inside the buffer; the caller vouches for the address.
    std::memmove(layouts.walk.to, layouts.walk.from, layouts.walk.itemsize);
    return Answer(info.Env(), Status::kOk);
  }
  PairWalk sorted = layouts.walk;
  sorted.Simplify();
  if (!sorted.HasDistinctTarget()) return Answer(info.Env(), Status::kOverlap);
  const Extent to = ExtentOf(layouts.walk, true);
  const Extent from = ExtentOf(layouts.walk, false);
  if (from.low >= to.high || to.low >= from.high) {
    CopyItems(layouts.walk, 1);
  } else {
    // SAFETY: every byte between the extents of a side that ReadItemLayouts accepted can be read: of a buffer
    // because it lies within, at the address because the side is dense.
    const std::vector<char> aside(from.low, from.high);
    layouts.walk.from = aside.data() + (layouts.walk.from - from.low);
    CopyItems(layouts.walk, 1);
  }
  return Answer(info.Env(), Status::kOk);
}

}  // namespace

void ExportPointer(Environment& environment, Napi::Object to) {
  raw::Export<Peek>(to, "peek", &environment);
  raw::Export<Poke>(to, "poke", &environment);
  raw::Export<PeekText>(to, "peekText", &environment);
  raw::Export<CopyAt<false>>(to, "copyFromAddress", &environment);
  raw::Export<CopyAt<true>>(to, "copyToAddress", &environment);
}

}  // namespace mv
