// Reads and writes of files on the runtime's thread pool, one piece a call.
//
// A work holds a reference of the native block, so its addresses outlive the piece even if the
// environment ends (contents are kept by the pin that JS holds), or a strong reference of a
// SharedArrayBuffer. The descriptor is the caller's, who keeps it open.
#include "../core/file_transfer.h"

#include <memory>
#include <utility>

#include "exports.h"
#include "held_memory.h"
#include "item_layouts.h"
#include "promise_work.h"

namespace mv {
namespace {

class TransferWork final : public PromiseWork {
 public:
  explicit TransferWork(Napi::Env env) : PromiseWork(env, "memoryview file") {}

  ItemLayouts layouts;
  HeldMemory held;
  FileTransfer transfer;

 protected:
  void Execute() override { moved_ = Transfer(ByteRuns(layouts.walk), transfer); }
  Napi::Value Result() override { return Answer(Env(), static_cast<double>(moved_)); }

 private:
  int64_t moved_ = 0;
};

bool Within(const ItemLayouts& layouts, uint64_t first, uint64_t nbytes) {
  const uint64_t all = ByteRuns(layouts.walk).nbytes();
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
  FileTransfer& transfer = work->transfer;
  const BufferBytes bytes = BytesOf(info[0]);
  if (!ReadCount(info[1], id) || !ReadCount(info[2], fd) || fd > INT32_MAX || !raw::Read(info[3], position) ||
      !(position >= -1 && position <= 9007199254740991.0) || !ReadCount(info[4], transfer.first) ||
      !ReadCount(info[5], transfer.nbytes) || !raw::Read(info[6], transfer.write) ||
      !ReadItemLayouts(EnvironmentOf(info).layouts(), bytes, bytes, work->layouts) ||
      !Within(work->layouts, transfer.first, transfer.nbytes)) {
    return Answer(env, Status::kBadArgument);
  }
  transfer.fd = static_cast<int>(fd);
  transfer.position = static_cast<int64_t>(position);
  if (!work->held.Take(EnvironmentOf(info), id, info[0], bytes)) return Answer(env, Status::kUnknown);
  return PromiseWork::Start(std::move(work));
}

// (buffer, first, nbytes, other buffer, whether bytes go to the other) → status. The layouts describe the
// buffer twice; the other is dense from its byte 0.
Napi::Value MoveBytes(const Napi::CallbackInfo& info) {
  uint64_t first = 0;
  uint64_t nbytes = 0;
  bool out = false;
  ItemLayouts layouts;
  const BufferBytes bytes = BytesOf(info[0]);
  const BufferBytes other = BytesOf(info[3]);
  if (!ReadCount(info[1], first) || !ReadCount(info[2], nbytes) || !raw::Read(info[4], out) ||
      !ReadItemLayouts(EnvironmentOf(info).layouts(), bytes, bytes, layouts) ||
      !Within(layouts, first, nbytes) || static_cast<int64_t>(nbytes) > other.nbytes) {
    return Answer(info.Env(), Status::kBadArgument);
  }
  const ByteRuns runs(layouts.walk);
  // SAFETY: both ranges were found within.
  if (out) {
    runs.Gather(first, nbytes, other.data);
  } else {
    runs.Scatter(first, nbytes, other.data);
  }
  return Answer(info.Env(), Status::kOk);
}

}  // namespace

void ExportFileTransfer(Environment& environment, Napi::Object to) {
  raw::Export<TransferLater>(to, "transferLater", &environment);
  raw::Export<MoveBytes>(to, "moveBytes", &environment);
}

}  // namespace mv
