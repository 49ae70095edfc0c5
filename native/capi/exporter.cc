// Exporters over blocks, with the functions that the C header defines.
//
// An exporter counts its references and holds one reference of its block. Each acquired view pins the
// block until it is released. Every function may be called on any thread.
#include "exporter.h"

#include <atomic>
#include <memory>
#include <new>
#include <string_view>
#include <utility>

namespace mv {
namespace {

constexpr size_t kLongestConsumer = 63;

class Exporter final : public mv_exporter {
 public:
  Exporter(Block& block, Description description)
      : mv_exporter{}, block_(block), description_(std::move(description)) {
    magic = MV_MAGIC;
    version = {MV_ABI_MAJOR, MV_ABI_MINOR, sizeof(mv_exporter)};
    retain = [](const mv_exporter* self) { Of(self).Retain(); };
    drop = [](const mv_exporter* self) { Of(self).Drop(); };
    acquire = [](const mv_exporter* self, const mv_request* request, mv_view* out, mv_error* error) {
      return Of(self).Acquire(request, out, error);
    };
    stats = [](const mv_exporter* self, uint64_t* out) {
      Of(self).Stats(out);
      return int32_t{MV_OK};
    };
    block_.Ref();
    Describe();
  }
  ~Exporter() { block_.Unref(); }

  const mv_view& view() const { return view_; }

 private:
  /// What an acquired view refers to.
  struct AcquiredPin {
    Exporter& exporter;
    std::string consumer;
  };

  // The protocol passes the pointer as const; the counts behind it are atomic.
  static Exporter& Of(const mv_exporter* self) {
    return const_cast<Exporter&>(*static_cast<const Exporter*>(self));
  }

  void Retain() { refs_.fetch_add(1, std::memory_order_relaxed); }
  void Drop() {
    if (refs_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  int32_t Acquire(const mv_request* request, mv_view* out, mv_error* error) {
    const char* named = request != nullptr ? request->consumer : nullptr;
    int32_t status = mv_check_request(&view_, request, error);
    if (status == MV_OK) status = mv_fill(out, &view_, error);
    if (status != MV_OK) {
      mv_empty_(out);
      return status;
    }
    out->release = nullptr;
    try {
      const std::string_view consumer(named != nullptr ? named : "native code");
      std::unique_ptr<AcquiredPin> pin(
          new AcquiredPin{*this, std::string(consumer.substr(0, kLongestConsumer))});
      if (!block_.Pin(pin->consumer)) {
        mv_empty_(out);
        return mv_fail(error, MV_RELEASED, "was released, expected live memory");
      }
      Retain();
      out->manager = pin.release();
    } catch (const std::bad_alloc&) {
      // The caller may be C, through which no exception passes.
      mv_empty_(out);
      return mv_fail(error, MV_NO_MEMORY, "needs memory that the system refused");
    }
    out->release = Release;
    return MV_OK;
  }

  static void Release(mv_view* view) {
    // SAFETY: Acquire made the manager; a view is released once, by its one owner.
    const std::unique_ptr<AcquiredPin> pin(static_cast<AcquiredPin*>(view->manager));
    view->release = nullptr;
    pin->exporter.block_.Unpin(pin->consumer);
    pin->exporter.Drop();
  }

  void Stats(uint64_t* out) const {
    out[0] = block_.pins();
    out[1] = refs_.load(std::memory_order_relaxed);
    out[2] = block_.size();
    out[3] = block_.closed() ? 1 : 0;
  }

  void Describe() {
    mv_view_init(&view_);
    view_.release = Release;  // for the checks; Acquire sets it in each view
    view_.region_base = block_.base();
    view_.region_size = block_.size();
    view_.itemsize = description_.itemsize;
    view_.nbytes = static_cast<uint64_t>(description_.itemsize);
    for (const int64_t length : description_.shape) view_.nbytes *= static_cast<uint64_t>(length);
    // The first element of a view of size 0 may lie outside of the block.
    const uint64_t offset = view_.nbytes == 0 ? 0 : description_.offset;
    view_.data = reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(block_.base()) + offset);
    view_.dtype = mv_dtype_of(description_.format.c_str());
    view_.ndim = static_cast<int32_t>(description_.shape.size());
    view_.shape = description_.shape.data();
    view_.strides = description_.strides.data();
    view_.format = description_.format.c_str();
    view_.device_type = MV_CPU;
    if (description_.readonly) view_.flags |= MV_READONLY;
    const Block::Nature nature = block_.nature();
    if (nature.shared) view_.flags |= MV_SHARED_XPROC;
    if (nature.may_fault) view_.flags |= MV_MAY_FAULT;
    if (nature.is_copy) view_.flags |= MV_IS_COPY;
    if (nature.immutable) view_.flags |= MV_IMMUTABLE | MV_READONLY;
    if (mv_is_contiguous(&view_, 'C')) view_.flags |= MV_C_CONTIG;
    if (mv_is_contiguous(&view_, 'F')) view_.flags |= MV_F_CONTIG;
  }

  Block& block_;
  const Description description_;
  mv_view view_;  // what Acquire hands out, but for the manager
  std::atomic<uint64_t> refs_{1};
};

}  // namespace

const mv_exporter* MakeExporter(Block& block, Description description) {
  auto exporter = std::make_unique<Exporter>(block, std::move(description));
  return mv_check_view(&exporter->view(), nullptr) == MV_OK ? exporter.release() : nullptr;
}

}  // namespace mv
