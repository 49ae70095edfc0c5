// What work on the thread pool holds of a JS buffer's memory, on the environment's thread.
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

/// One side's hold on its memory: a reference of a block, or of a JS object.
class HeldMemory {
 public:
  HeldMemory() = default;
  ~HeldMemory() {
    if (block_ != nullptr) block_->Unref();
  }
  HeldMemory(const HeldMemory&) = delete;
  HeldMemory& operator=(const HeldMemory&) = delete;

  /// Holds a buffer's memory; false where nothing can.
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
