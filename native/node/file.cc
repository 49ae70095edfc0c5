// Mapped files and shared memory for JS. If the system refuses, the result is a negative errno.
//
// A FileBlock owns its pages and a descriptor of its own; the caller keeps the descriptor that it
// passed. The functions run on the environment's own thread, except the work of FlushAsync, which runs
// on the thread pool while the block is pinned. Lost pages are reported on the fault guard's thread,
// which only posts to the environment.
#include <cerrno>
#include <memory>
#include <utility>

#include "../core/file_memory.h"
#include "../core/shared_memory.h"
#include "../core/system.h"
#include "exports.h"
#include "promise_work.h"

namespace mv {
namespace {

FileBlock* FileOf(Environment& environment, uint64_t id) {
  Entry* entry = environment.Find(id);
  return entry == nullptr ? nullptr : FileBlock::From(entry->block);
}

// (fd, offset, nbytes, writes reach the file, is shared memory, label?) → the ArrayBuffer, a status or a
// negative errno; results: id, address.
Napi::Value MapFile(const Napi::CallbackInfo& info) {
  Environment& environment = EnvironmentOf(info);
  uint64_t fd = 0;
  uint64_t offset = 0;
  uint64_t nbytes = 0;
  bool shared = false;
  bool named = false;
  std::string label;
  if (!ReadCount(info[0], fd) || !ReadCount(info[1], offset) || !ReadCount(info[2], nbytes) ||
      !raw::Read(info[3], shared) || !raw::Read(info[4], named) || fd > INT32_MAX) {
    return Answer(info.Env(), Status::kBadArgument);
  }
  raw::Read(info[5], label);
  const Kind kind = named ? Kind::kShared : Kind::kFile;
  Outcome outcome = 0;
  const auto make = [&]() -> Block* {
    return FileBlock::Map(kind, static_cast<int>(fd), offset, nbytes, shared, label, outcome);
  };
  const Napi::Value answer = environment.Allocate(nbytes, make);
  return outcome == 0 ? answer : Answer(info.Env(), outcome);
}

// (id) → whether pages were lost, or a status
Napi::Value IsTruncated(const Napi::CallbackInfo& info) {
  uint64_t id = 0;
  FileBlock* file = ReadCount(info[0], id) ? FileOf(EnvironmentOf(info), id) : nullptr;
  if (file == nullptr) return Answer(info.Env(), Status::kUnknown);
  return Napi::Boolean::New(info.Env(), file->Truncated());
}

// (id) → 0, a status or a negative errno; calls the listener with the id, in a later turn, once pages are
// lost.
Napi::Value WhenTruncated(const Napi::CallbackInfo& info) {
  Environment& environment = EnvironmentOf(info);
  uint64_t id = 0;
  FileBlock* file = ReadCount(info[0], id) ? FileOf(environment, id) : nullptr;
  if (file == nullptr) return Answer(info.Env(), Status::kUnknown);
  return Answer(
      info.Env(),
      static_cast<double>(file->WhenLost([events = environment.block_events(), id] { events->Post(id); })));
}

/// An offset and a size; false where either is none.
bool ReadPart(Napi::Value offset, Napi::Value nbytes, FileBlock::Part& out) {
  uint64_t first = 0;
  uint64_t count = 0;
  if (!ReadCount(offset, first) || !ReadCount(nbytes, count)) return false;
  out = {first, count};
  return true;
}

// (id, offset, nbytes) → 0, a status or a negative errno
Napi::Value Flush(const Napi::CallbackInfo& info) {
  uint64_t id = 0;
  FileBlock* file = ReadCount(info[0], id) ? FileOf(EnvironmentOf(info), id) : nullptr;
  if (file == nullptr) return Answer(info.Env(), Status::kUnknown);
  FileBlock::Part part;
  if (!ReadPart(info[1], info[2], part)) return Answer(info.Env(), Status::kBadArgument);
  return Answer(info.Env(), file->Flush(part));
}

constexpr std::string_view kFlushing = "flushAsync";

/// Pins the block until it is complete.
class Flushing final : public PromiseWork {
 public:
  explicit Flushing(Napi::Env env) : PromiseWork(env, kFlushing.data()) {}
  ~Flushing() override {
    if (file_ != nullptr) file_->Unpin(kFlushing);
  }
  Flushing(const Flushing&) = delete;
  Flushing& operator=(const Flushing&) = delete;

  bool Pin(FileBlock& file) {
    if (!file.Pin(kFlushing)) return false;
    file_ = &file;
    return true;
  }

 protected:
  void Execute() override { outcome_ = file_->Flush(); }
  Napi::Value Result() override {
    // The program must not find the pin any more once the promise is settled.
    std::exchange(file_, nullptr)->Unpin(kFlushing);
    return Answer(Env(), outcome_);
  }

 private:
  FileBlock* file_ = nullptr;
  Outcome outcome_ = 0;
};

// (id) → a promise of 0 or a negative errno; or a status. The block is pinned meanwhile.
Napi::Value FlushAsync(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  uint64_t id = 0;
  FileBlock* file = ReadCount(info[0], id) ? FileOf(EnvironmentOf(info), id) : nullptr;
  if (file == nullptr) return Answer(env, Status::kUnknown);
  auto flushing = std::make_unique<Flushing>(env);
  if (!flushing->Pin(*file)) return Answer(env, Status::kUnknown);
  return PromiseWork::Start(std::move(flushing));
}

// (id, advice, offset, nbytes) → 0, a status or a negative errno
Napi::Value Advise(const Napi::CallbackInfo& info) {
  uint64_t id = 0;
  uint64_t advice = 0;
  FileBlock* file = ReadCount(info[0], id) ? FileOf(EnvironmentOf(info), id) : nullptr;
  if (file == nullptr) return Answer(info.Env(), Status::kUnknown);
  FileBlock::Part part;
  if (!ReadCount(info[1], advice) || advice >= kAdvices || !ReadPart(info[2], info[3], part)) {
    return Answer(info.Env(), Status::kBadArgument);
  }
  return Answer(info.Env(), file->Advise(static_cast<enum Advice>(advice), part));
}

// (id, locked) → 0, a status or a negative errno
Napi::Value Lock(const Napi::CallbackInfo& info) {
  uint64_t id = 0;
  bool locked = false;
  FileBlock* file = ReadCount(info[0], id) ? FileOf(EnvironmentOf(info), id) : nullptr;
  if (file == nullptr) return Answer(info.Env(), Status::kUnknown);
  if (!raw::Read(info[1], locked)) return Answer(info.Env(), Status::kBadArgument);
  return Answer(info.Env(), file->Lock(locked));
}

// (id) → the descriptor, which children may inherit from now on; or a status
Napi::Value DescriptorOf(const Napi::CallbackInfo& info) {
  uint64_t id = 0;
  const FileBlock* file = ReadCount(info[0], id) ? FileOf(EnvironmentOf(info), id) : nullptr;
  if (file == nullptr) return Answer(info.Env(), Refusal(EBADF));
  return Answer(info.Env(), NumberForChildren(file->descriptor()));
}

// (name, create, readonly) → a descriptor or a negative errno
Napi::Value SharedOpen(const Napi::CallbackInfo& info) {
  std::string name;
  bool create = false;
  bool readonly = false;
  if (!raw::Read(info[0], name) || !raw::Read(info[1], create) || !raw::Read(info[2], readonly)) {
    return Answer(info.Env(), Refusal(EINVAL));
  }
  return Answer(info.Env(), OpenShared(name, create, readonly));
}

// (fd, nbytes) → 0 or a negative errno
Napi::Value SharedResize(const Napi::CallbackInfo& info) {
  uint64_t fd = 0;
  uint64_t nbytes = 0;
  if (!ReadCount(info[0], fd) || !ReadCount(info[1], nbytes) || fd > INT32_MAX) {
    return Answer(info.Env(), Refusal(EINVAL));
  }
  return Answer(info.Env(), ResizeShared(static_cast<int>(fd), nbytes));
}

// (fd) → bytes or a negative errno
Napi::Value SharedSize(const Napi::CallbackInfo& info) {
  uint64_t fd = 0;
  if (!ReadCount(info[0], fd) || fd > INT32_MAX) return Answer(info.Env(), Refusal(EBADF));
  return Answer(info.Env(), static_cast<double>(SizeOfShared(static_cast<int>(fd))));
}

// (fd): closes a descriptor that SharedOpen or SealedOpen returned.
Napi::Value SharedClose(const Napi::CallbackInfo& info) {
  uint64_t fd = 0;
  if (ReadCount(info[0], fd) && fd <= INT32_MAX) CloseShared(static_cast<int>(fd));
  return {};
}

// (name) → 0 or a negative errno
Napi::Value SharedUnlink(const Napi::CallbackInfo& info) {
  raw::ShortText name;
  if (!raw::Read(info[0], name)) return Answer(info.Env(), Refusal(EINVAL));
  CreatedNames::Get().Remove(name);
  return Answer(info.Env(), UnlinkShared(name.bytes));
}

// (nbytes) → a descriptor or a negative errno
Napi::Value SealedOpen(const Napi::CallbackInfo& info) {
  uint64_t nbytes = 0;
  if (!ReadCount(info[0], nbytes)) return Answer(info.Env(), Refusal(EINVAL));
  return Answer(info.Env(), OpenSealed("memoryview", nbytes));
}

// (name, fd): the name is unlinked at exit.
Napi::Value SharedOwn(const Napi::CallbackInfo& info) {
  std::string name;
  uint64_t fd = 0;
  if (raw::Read(info[0], name) && ReadCount(info[1], fd) && fd <= INT32_MAX) {
    CreatedNames::Get().Add(name, static_cast<int>(fd), &EnvironmentOf(info));
  }
  return {};
}

// (all) → whether anything is left; unlinks what this environment created, or the whole process.
Napi::Value SharedUnlinkOwned(const Napi::CallbackInfo& info) {
  bool all = false;
  raw::Read(info[0], all);
  const bool left = CreatedNames::Get().UnlinkAllOf(all ? nullptr : &EnvironmentOf(info));
  return Napi::Boolean::New(info.Env(), left);
}

}  // namespace

void ExportFile(Environment& environment, Napi::Object to) {
  raw::Export<MapFile>(to, "mapFile", &environment);
  raw::Export<IsTruncated>(to, "isTruncated", &environment);
  raw::Export<WhenTruncated>(to, "whenTruncated", &environment);
  raw::Export<Flush>(to, "flush", &environment);
  raw::Export<FlushAsync>(to, "flushAsync", &environment);
  raw::Export<Advise>(to, "advise", &environment);
  raw::Export<Lock>(to, "lock", &environment);
  raw::Export<DescriptorOf>(to, "descriptorOf", &environment);
  raw::Export<SharedResize>(to, "sharedResize", &environment);
  raw::Export<SharedOpen>(to, "sharedOpen", &environment);
  raw::Export<SharedSize>(to, "sharedSize", &environment);
  raw::Export<SharedClose>(to, "sharedClose", &environment);
  raw::Export<SharedUnlink>(to, "sharedUnlink", &environment);
  raw::Export<SealedOpen>(to, "sealedOpen", &environment);
  raw::Export<SharedOwn>(to, "sharedOwn", &environment);
  raw::Export<SharedUnlinkOwned>(to, "sharedUnlinkOwned", &environment);
}

}  // namespace mv
