// Keeps the memory of a JS buffer for work on the thread pool. Made and ended on the environment's thread.
#ifndef MEMORYVIEW_NODE_HELD_MEMORY_H_
#define MEMORYVIEW_NODE_HELD_MEMORY_H_

#include "call.h"
#include "environment.h"
#include "item_layouts.h"

namespace mv {

/// Whether `buffer` is an array over a SharedArrayBuffer.
inline bool IsShared(Napi::Value buffer) {
  return buffer.IsTypedArray() && !buffer.As<Napi::TypedArray>().ArrayBuffer().IsArrayBuffer();
}

/// Memory of one buffer: a reference of a block, or of a SharedArrayBuffer's JS object.
class HeldMemory {
 public:
  HeldMemory() = default;
  ~HeldMemory() {
    if (block_ != nullptr) block_->Unref();
  }
  HeldMemory(const HeldMemory&) = delete;
  HeldMemory& operator=(const HeldMemory&) = delete;

  /// Keeps a buffer's memory. False for what nothing can keep: the engine's memory that is not shared, and
  /// bytes that are not the block's.
  bool Take(Environment& environment, uint64_t id, Napi::Value buffer, const BufferBytes& bytes) {
    if (id == 0) {
      if (!IsShared(buffer)) return false;
      object_ = Napi::Persistent(buffer.As<Napi::Object>());
      return !object_.IsEmpty();
    }
    const Entry* entry = environment.Find(id);
    if (entry == nullptr || entry->engines || bytes.data != entry->block->base() ||
        static_cast<uint64_t>(bytes.nbytes) > entry->block->size()) {
      return false;
    }
    entry->block->Ref();
    block_ = entry->block;
    return true;
  }

 private:
  Block* block_ = nullptr;
  Napi::ObjectReference object_;
};

}  // namespace mv

#endif  // MEMORYVIEW_NODE_HELD_MEMORY_H_
