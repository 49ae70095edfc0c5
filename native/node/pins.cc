// Exposure, and pins that JS holds: who holds them, and the wake-up when the last one goes.
#include "groups.h"

namespace mv {
namespace {

// (id, holder) → status
Napi::Value Pin(const Napi::CallbackInfo& info) {
  Environment& home = HomeOf(info);
  uint64_t id = 0;
  raw::ShortText holder;
  if (!ReadCount(info[0], id) || !raw::Read(info[1], holder)) return Answer(info.Env(), Status::kBadArgument);
  Entry* entry = home.Find(id);
  return Answer(info.Env(), entry != nullptr && home.Pin(*entry, holder) ? Status::kOk : Status::kUnknown);
}

// (id, holder) → status
Napi::Value Unpin(const Napi::CallbackInfo& info) {
  Environment& home = HomeOf(info);
  uint64_t id = 0;
  raw::ShortText holder;
  if (!ReadCount(info[0], id) || !raw::Read(info[1], holder)) return Answer(info.Env(), Status::kBadArgument);
  Entry* entry = home.Find(id);
  return Answer(info.Env(), entry != nullptr && home.Unpin(*entry, holder) ? Status::kOk : Status::kUnknown);
}

// (id): code outside of the library gets the ArrayBuffer.
Napi::Value Expose(const Napi::CallbackInfo& info) {
  Environment& home = HomeOf(info);
  uint64_t id = 0;
  if (!ReadCount(info[0], id)) return {};
  if (Entry* entry = home.Find(id)) home.Expose(*entry);
  return {};
}

// (id, holder) → the number of the loan, or 0
Napi::Value Lend(const Napi::CallbackInfo& info) {
  Environment& home = HomeOf(info);
  uint64_t id = 0;
  raw::ShortText holder;
  Entry* entry = ReadCount(info[0], id) && raw::Read(info[1], holder) ? home.Find(id) : nullptr;
  const uint64_t loan = entry == nullptr ? 0 : home.Lend(*entry, holder);
  return Answer(info.Env(), static_cast<double>(loan));
}

// (id, loan): the object that was lent has been collected.
Napi::Value EndLoan(const Napi::CallbackInfo& info) {
  uint64_t id = 0;
  uint64_t loan = 0;
  if (ReadCount(info[0], id) && ReadCount(info[1], loan)) HomeOf(info).EndLoan(id, loan);
  return {};
}

// (id) → [holder, count, …], or a status
Napi::Value Holders(const Napi::CallbackInfo& info) {
  uint64_t id = 0;
  if (!ReadCount(info[0], id)) return Answer(info.Env(), Status::kBadArgument);
  Entry* entry = HomeOf(info).Find(id);
  if (entry == nullptr) return Answer(info.Env(), Status::kUnknown);
  return HoldersToJs(info.Env(), entry->block->holders());
}

// (id) → status; calls the waker with the id, in a later turn, once nothing pins the block.
Napi::Value WhenUnpinned(const Napi::CallbackInfo& info) {
  Environment& home = HomeOf(info);
  uint64_t id = 0;
  if (!ReadCount(info[0], id)) return Answer(info.Env(), Status::kBadArgument);
  Entry* entry = home.Find(id);
  if (entry == nullptr) return Answer(info.Env(), Status::kUnknown);
  entry->block->WhenUnpinned([mailbox = home.mailbox(), id] { mailbox->Post(id); });
  // The post comes in a later turn at the earliest.
  home.mailbox()->Expect(info.Env());
  return Answer(info.Env(), Status::kOk);
}

// (waker): the function that WhenUnpinned calls.
Napi::Value SetWaker(const Napi::CallbackInfo& info) {
  if (info[0].IsFunction()) HomeOf(info).mailbox()->Open(info[0].As<Napi::Function>());
  return {};
}

}  // namespace

void ExportPins(Environment& home, Napi::Object to) {
  raw::Export<Pin>(to, "pin", &home);
  raw::Export<Unpin>(to, "unpin", &home);
  raw::Export<Expose>(to, "expose", &home);
  raw::Export<Lend>(to, "lend", &home);
  raw::Export<EndLoan>(to, "endLoan", &home);
  raw::Export<Holders>(to, "holders", &home);
  raw::Export<WhenUnpinned>(to, "whenUnpinned", &home);
  raw::Export<SetWaker>(to, "setWaker", &home);
}

}  // namespace mv
