// Mapped files and shared memory as JS calls them. Where the system refuses, the answer is a negative errno.
#include <unistd.h>

#include <cerrno>

#include "../core/file_memory.h"
#include "../core/shared_memory.h"
#include "groups.h"

namespace mv {
namespace {

FileBlock* FileOf(Environment& home, uint64_t id) {
  Entry* entry = home.Find(id);
  return entry == nullptr ? nullptr : FileBlock::From(entry->block);
}

// (fd, offset, nbytes, writes reach the file, is shared memory, label?) → the ArrayBuffer, a status or a
// negative errno; results: id, address.
napi_value MapFile(napi_env env, napi_callback_info info) {
  Arguments<6> arguments(env, info);
  Environment& home = arguments.home();
  uint64_t fd = 0;
  uint64_t offset = 0;
  uint64_t nbytes = 0;
  bool shared = false;
  bool named = false;
  std::string label;
  if (!arguments.Read(0, fd) || !arguments.Read(1, offset) || !arguments.Read(2, nbytes) ||
      !arguments.Read(3, shared) || !arguments.Read(4, named) || fd > INT32_MAX) {
    return Number(env, Status::kBadArgument);
  }
  arguments.Read(5, label);
  const Kind kind = named ? Kind::kShared : Kind::kFile;
  Outcome outcome = 0;
  const auto make = [&]() -> Block* {
    return FileBlock::Map(kind, static_cast<int>(fd), offset, nbytes, shared, label, outcome);
  };
  const napi_value answer = home.Allocate(nbytes, make);
  return outcome == 0 ? answer : Number(env, static_cast<double>(outcome));
}

// (id) → whether pages were lost, or a status
napi_value IsTruncated(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  uint64_t id = 0;
  FileBlock* file = arguments.Read(0, id) ? FileOf(arguments.home(), id) : nullptr;
  if (file == nullptr) return Number(env, Status::kUnknown);
  napi_value truncated = nullptr;
  napi_get_boolean(env, file->Truncated(), &truncated);
  return truncated;
}

// (id) → 0, a status or a negative errno; calls the listener with the id, in a later turn, once pages are
// lost.
napi_value WhenTruncated(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  Environment& home = arguments.home();
  uint64_t id = 0;
  FileBlock* file = arguments.Read(0, id) ? FileOf(home, id) : nullptr;
  if (file == nullptr) return Number(env, Status::kUnknown);
  return Number(env, static_cast<double>(file->WhenLost([news = home.news(), id] { news->Post(id); })));
}

// (id) → 0, a status or a negative errno
napi_value Flush(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  uint64_t id = 0;
  FileBlock* file = arguments.Read(0, id) ? FileOf(arguments.home(), id) : nullptr;
  if (file == nullptr) return Number(env, Status::kUnknown);
  return Number(env, static_cast<double>(file->Flush()));
}

constexpr std::string_view kFlushing = "flushAsync";

struct Flushing {
  FileBlock* file;
  napi_deferred deferred;
  napi_async_work work = nullptr;
  Outcome outcome = 0;

  static void Execute(napi_env, void* data) {
    auto* self = static_cast<Flushing*>(data);
    self->outcome = self->file->Flush();
  }

  static void Complete(napi_env env, napi_status status, void* data) {
    auto* self = static_cast<Flushing*>(data);
    self->file->Unpin(kFlushing);
    const Outcome outcome = status == napi_ok ? self->outcome : -ECANCELED;
    napi_resolve_deferred(env, self->deferred, Number(env, static_cast<double>(outcome)));
    napi_delete_async_work(env, self->work);
    delete self;
  }
};

// (id) → a promise of 0 or a negative errno; or a status. The block is pinned meanwhile.
napi_value FlushAsync(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  uint64_t id = 0;
  FileBlock* file = arguments.Read(0, id) ? FileOf(arguments.home(), id) : nullptr;
  if (file == nullptr || !file->Pin(kFlushing)) return Number(env, Status::kUnknown);
  auto* flushing = new Flushing{.file = file, .deferred = nullptr};
  napi_value promise = nullptr;
  if (napi_create_promise(env, &flushing->deferred, &promise) == napi_ok &&
      napi_create_async_work(env, nullptr, Text(env, kFlushing), Flushing::Execute, Flushing::Complete,
                             flushing, &flushing->work) == napi_ok &&
      napi_queue_async_work(env, flushing->work) == napi_ok) {
    return promise;
  }
  file->Unpin(kFlushing);
  delete flushing;
  return Number(env, Status::kOutOfMemory);
}

// (id, advice) → 0, a status or a negative errno
napi_value Advise(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  uint64_t id = 0;
  uint64_t advice = 0;
  FileBlock* file = arguments.Read(0, id) ? FileOf(arguments.home(), id) : nullptr;
  if (file == nullptr) return Number(env, Status::kUnknown);
  if (!arguments.Read(1, advice) || advice >= kAdvices) return Number(env, Status::kBadArgument);
  return Number(env, static_cast<double>(file->Advise(static_cast<enum Advice>(advice))));
}

// (id, locked) → 0, a status or a negative errno
napi_value Lock(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  uint64_t id = 0;
  bool locked = false;
  FileBlock* file = arguments.Read(0, id) ? FileOf(arguments.home(), id) : nullptr;
  if (file == nullptr) return Number(env, Status::kUnknown);
  if (!arguments.Read(1, locked)) return Number(env, Status::kBadArgument);
  return Number(env, static_cast<double>(file->Lock(locked)));
}

// (id) → the descriptor, or a status
napi_value DescriptorOf(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  uint64_t id = 0;
  const FileBlock* file = arguments.Read(0, id) ? FileOf(arguments.home(), id) : nullptr;
  if (file == nullptr) return Number(env, static_cast<double>(-EBADF));
  return Number(env, static_cast<double>(file->descriptor()));
}

// (name, create, readonly) → a descriptor or a negative errno
napi_value SharedOpen(napi_env env, napi_callback_info info) {
  Arguments<3> arguments(env, info);
  std::string name;
  bool create = false;
  bool readonly = false;
  if (!arguments.Read(0, name) || !arguments.Read(1, create) || !arguments.Read(2, readonly)) {
    return Number(env, static_cast<double>(-EINVAL));
  }
  return Number(env, static_cast<double>(OpenShared(name, create, readonly)));
}

// (fd, nbytes) → 0 or a negative errno
napi_value SharedResize(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  uint64_t fd = 0;
  uint64_t nbytes = 0;
  if (!arguments.Read(0, fd) || !arguments.Read(1, nbytes) || fd > INT32_MAX) {
    return Number(env, static_cast<double>(-EINVAL));
  }
  return Number(env, static_cast<double>(ResizeShared(static_cast<int>(fd), nbytes)));
}

// (fd) → bytes or a negative errno
napi_value SharedSize(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  uint64_t fd = 0;
  if (!arguments.Read(0, fd) || fd > INT32_MAX) return Number(env, static_cast<double>(-EBADF));
  return Number(env, static_cast<double>(SizeOfShared(static_cast<int>(fd))));
}

// (fd): closes a descriptor that SharedOpen or SealedOpen answered.
napi_value SharedClose(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  uint64_t fd = 0;
  if (arguments.Read(0, fd) && fd <= INT32_MAX) close(static_cast<int>(fd));
  return nullptr;
}

// (name) → 0 or a negative errno
napi_value SharedUnlink(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  std::string name;
  if (!arguments.Read(0, name)) return Number(env, static_cast<double>(-EINVAL));
  CreatedNames::Get().Remove(name);
  return Number(env, static_cast<double>(UnlinkShared(name)));
}

// (nbytes) → a descriptor or a negative errno
napi_value SealedOpen(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  uint64_t nbytes = 0;
  if (!arguments.Read(0, nbytes)) return Number(env, static_cast<double>(-EINVAL));
  return Number(env, static_cast<double>(OpenSealed("memoryview", nbytes)));
}

// (name, fd): the name is unlinked at exit.
napi_value SharedOwn(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  std::string name;
  uint64_t fd = 0;
  if (arguments.Read(0, name) && arguments.Read(1, fd) && fd <= INT32_MAX) {
    CreatedNames::Get().Add(name, static_cast<int>(fd), &arguments.home());
  }
  return nullptr;
}

// (all) → whether anything is left; unlinks what this environment created, or the whole process.
napi_value SharedUnlinkOwned(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  bool all = false;
  napi_value left = nullptr;
  arguments.Read(0, all);
  napi_get_boolean(env, CreatedNames::Get().UnlinkAllOf(all ? nullptr : &arguments.home()), &left);
  return left;
}

}  // namespace

void ExportFile(Environment& home, napi_value exports) {
  SetFunction(home.env(), exports, "mapFile", MapFile, &home);
  SetFunction(home.env(), exports, "isTruncated", IsTruncated, &home);
  SetFunction(home.env(), exports, "whenTruncated", WhenTruncated, &home);
  SetFunction(home.env(), exports, "flush", Flush, &home);
  SetFunction(home.env(), exports, "flushAsync", FlushAsync, &home);
  SetFunction(home.env(), exports, "advise", Advise, &home);
  SetFunction(home.env(), exports, "lock", Lock, &home);
  SetFunction(home.env(), exports, "descriptorOf", DescriptorOf, &home);
  SetFunction(home.env(), exports, "sharedResize", SharedResize, &home);
  SetFunction(home.env(), exports, "sharedOpen", SharedOpen, &home);
  SetFunction(home.env(), exports, "sharedSize", SharedSize, &home);
  SetFunction(home.env(), exports, "sharedClose", SharedClose, &home);
  SetFunction(home.env(), exports, "sharedUnlink", SharedUnlink, &home);
  SetFunction(home.env(), exports, "sealedOpen", SealedOpen, &home);
  SetFunction(home.env(), exports, "sharedOwn", SharedOwn, &home);
  SetFunction(home.env(), exports, "sharedUnlinkOwned", SharedUnlinkOwned, &home);
}

}  // namespace mv
