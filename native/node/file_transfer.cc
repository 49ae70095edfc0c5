// Reads and writes of files on the runtime's thread pool, one piece a call.
//
// A work holds a reference of the native block, so its addresses outlive the piece whatever happens to the
// environment (contents are kept by the pin that JS holds), or a strong reference of a SharedArrayBuffer. The
// descriptor is the caller's, who keeps it open.
#include "../core/file_transfer.h"

#include <memory>

#include "groups.h"
#include "hold.h"
#include "sides.h"

namespace mv {
namespace {

/// Deletes itself once it is complete.
class TransferWork final : public Napi::AsyncWorker {
 public:
  explicit TransferWork(Napi::Env env)
      : AsyncWorker(env, "memoryview file"), deferred_(Napi::Promise::Deferred::New(env)) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

  Sides sides;
  Hold hold;
  FileTransfer transfer;

 protected:
  void Execute() override { moved_ = Transfer(ByteRuns(sides.walk), transfer); }
  void OnOK() override { deferred_.Resolve(Answer(Env(), static_cast<double>(moved_))); }

 private:
  int64_t moved_ = 0;
  const Napi::Promise::Deferred deferred_;
};

bool Within(const Sides& sides, uint64_t first, uint64_t nbytes) {
  const uint64_t all = ByteRuns(sides.walk).nbytes();
  return first <= all && nbytes <= all - first;
}

// (buffer, its block's id or 0, fd, position or -1, first, nbytes, whether it writes) → a promise of the
// number of bytes or a negative errno; or a status. The layouts describe the buffer twice.
Napi::Value TransferLater(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  uint64_t id = 0;
  uint64_t fd = 0;
  double position = 0;
  auto work = std::make_unique<TransferWork>(env);
  if (env.IsExceptionPending()) return {};
  FileTransfer& transfer = work->transfer;
  const Bytes bytes = BytesOf(info[0]);
  if (!ReadCount(info[1], id) || !ReadCount(info[2], fd) || fd > INT32_MAX || !raw::Read(info[3], position) ||
      !(position >= -1 && position <= 9007199254740991.0) || !ReadCount(info[4], transfer.first) ||
      !ReadCount(info[5], transfer.nbytes) || !raw::Read(info[6], transfer.write) ||
      !ReadSides(HomeOf(info).layouts(), bytes, bytes, work->sides) ||
      !Within(work->sides, transfer.first, transfer.nbytes)) {
    return Answer(env, Status::kBadArgument);
  }
  transfer.fd = static_cast<int>(fd);
  transfer.position = static_cast<int64_t>(position);
  if (!work->hold.Take(HomeOf(info), id, info[0], bytes)) return Answer(env, Status::kUnknown);
  const Napi::Promise promise = work->promise();
  work.release()->Queue();
  return promise;
}

// (buffer, first, nbytes, other buffer, whether bytes go to the other) → status. The layouts describe the
// buffer twice; the other is dense from its byte 0.
Napi::Value MoveBytes(const Napi::CallbackInfo& info) {
  uint64_t first = 0;
  uint64_t nbytes = 0;
  bool out = false;
  Sides sides;
  const Bytes bytes = BytesOf(info[0]);
  const Bytes other = BytesOf(info[3]);
  if (!ReadCount(info[1], first) || !ReadCount(info[2], nbytes) || !raw::Read(info[4], out) ||
      !ReadSides(HomeOf(info).layouts(), bytes, bytes, sides) || !Within(sides, first, nbytes) ||
      static_cast<int64_t>(nbytes) > other.nbytes) {
    return Answer(info.Env(), Status::kBadArgument);
  }
  const ByteRuns runs(sides.walk);
  // SAFETY: both ranges were found within.
  if (out) {
    runs.Gather(first, nbytes, other.data);
  } else {
    runs.Scatter(first, nbytes, other.data);
  }
  return Answer(info.Env(), Status::kOk);
}

}  // namespace

void ExportFileTransfer(Environment& home, Napi::Object to) {
  raw::Export<TransferLater>(to, "transferLater", &home);
  raw::Export<MoveBytes>(to, "moveBytes", &home);
}

}  // namespace mv
