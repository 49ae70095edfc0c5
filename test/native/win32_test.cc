// The files of native/core for Windows: its handlers of exceptions, sections by name, and files that are
// mapped. What ends a process, or needs a second one, runs this program once more: MEMORYVIEW_CHILD says as
// what.
#include "../../native/core/win32.h"

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "../../native/core/arena.h"
#include "../../native/core/fault_guard.h"
#include "../../native/core/file_memory.h"
#include "../../native/core/guard.h"
#include "../../native/core/heap.h"
#include "../../native/core/mapping.h"
#include "../../native/core/shared_memory.h"
#include "../../native/core/system.h"
#include "expect.h"

namespace {

using mv::Block;
using mv::FileBlock;
using mv::Kind;
using mv::Pages;

constexpr size_t kView = 256 * 1024;

void Release(Block* block) {
  block->FinishRelease(block->BeginRelease());
  block->Unref();
}

/// A file of this process, whose bytes are all `content`; it goes with the object.
class File {
 public:
  explicit File(size_t nbytes, char content = 7) {
    char folder[MAX_PATH];
    char path[MAX_PATH];
    EXPECT(GetTempPathA(sizeof folder, folder) != 0);
    EXPECT(GetTempFileNameA(folder, "mv", 0, path) != 0);
    handle_ = CreateFileA(path, GENERIC_READ | GENERIC_WRITE | DELETE,
                          FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr, CREATE_ALWAYS,
                          FILE_FLAG_DELETE_ON_CLOSE, nullptr);
    EXPECT(handle_ != INVALID_HANDLE_VALUE);
    const std::vector<char> bytes(nbytes, content);
    DWORD written = 0;
    EXPECT(WriteFile(handle_, bytes.data(), static_cast<DWORD>(nbytes), &written, nullptr));
    EXPECT(written == nbytes);
    if (nbytes == 0) return;
    // The block takes what lies under the descriptor again, as the library does with one of Node's.
    HANDLE section = CreateFileMappingW(handle_, nullptr, PAGE_READWRITE, 0, 0, nullptr);
    EXPECT(section != nullptr);
    descriptor_ = mv::KeepHandles({section, nullptr});
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    mv::CloseHandles(descriptor_);
    CloseHandle(handle_);
  }

  HANDLE handle() const { return handle_; }
  FileBlock* Map(uint64_t offset, size_t nbytes, bool shared) const {
    int outcome = 0;
    FileBlock* block = FileBlock::Map(Kind::kFile, descriptor_, offset, nbytes, shared, "file", outcome);
    EXPECT(block != nullptr && outcome == 0);
    return block;
  }

 private:
  HANDLE handle_;
  int descriptor_ = -1;
};

/// Reads all bytes again and again while `work` runs; each is one of two values.
template <typename F>
void WhileAnotherThreadReads(const char* bytes, size_t nbytes, char before, F work) {
  std::atomic<bool> reading{false};
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done) {
      for (size_t i = 0; i < nbytes; i += 512) {
        const char value = static_cast<const volatile char*>(bytes)[i];
        EXPECT(value == before || value == 0);
      }
      reading = true;
    }
  });
  while (!reading) std::this_thread::yield();
  work();
  done = true;
  reader.join();
}

void PagesThatAreGivenBackReadAsZerosInAnotherThread(int rounds) {
  for (int i = 0; i < rounds; i++) {
    const Pages pages = mv::MapPages(kView, mv::PageSize());
    EXPECT(pages.base != nullptr);
    char* bytes = static_cast<char*>(pages.base);
    std::memset(bytes, 5, kView);
    WhileAnotherThreadReads(bytes, kView, 5, [&] { mv::OverlayPages(pages); });
    for (size_t at = 0; at < kView; at++) EXPECT(bytes[at] == 0);
    bytes[1] = 3;
    EXPECT(bytes[1] == 3);
    mv::UnmapPages(pages);
  }
}

void AViewThatIsReleasedReadsAsZerosInAnotherThread(int rounds) {
  const File file(kView + 100);
  for (int i = 0; i < rounds; i++) {
    FileBlock* block = file.Map(0, kView + 100, i % 2 == 0);
    const char* bytes = static_cast<const char*>(block->base());
    block->Ref();
    WhileAnotherThreadReads(bytes, kView + 100, 7, [&] { Release(block); });
    for (size_t at = 0; at < kView; at += 100) EXPECT(bytes[at] == 0);
    block->Unref();
  }
}

/// The end of an environment with a block whose address other code may have.
void EndWithItsAddressesKept(Block* block) {
  block->KeepAddresses();
  block->Drop();
}

bool IsCommitted(const void* address) {
  MEMORY_BASIC_INFORMATION info;
  EXPECT(VirtualQuery(address, &info, sizeof info) != 0);
  return info.State == MEM_COMMIT;
}

void KeptAddressesTakeNoCommitCharge() {
  constexpr size_t kSmall = 5000;
  std::vector<char*> places;
  std::vector<Block*> blocks;
  for (int i = 0; i < 400; i++) {
    blocks.push_back(mv::MakeHeapBlock(kSmall, 64, true, "small"));
    places.push_back(static_cast<char*>(blocks.back()->base()));
    std::memset(places.back(), 7, kSmall);
  }
  mv::SlabBlock* slab = mv::MakeSlab(500'000, 64);
  char* part = static_cast<char*>(slab->base());
  part[0] = 7;
  EndWithItsAddressesKept(slab);
  for (Block* block : blocks) EndWithItsAddressesKept(block);
  EXPECT(!IsCommitted(part));
  // The first and the last lie in runs that other blocks may still use.
  for (size_t i = 64; i + 64 < places.size(); i++) EXPECT(!IsCommitted(places[i]));
  EXPECT(part[0] == 0 && places[200][0] == 0 && places[200][kSmall - 1] == 0);
}

void APartOfAFileStartsAtAnyOffset() {
  const File file(300'000);
  for (const uint64_t offset : {uint64_t{1}, uint64_t{4096}, uint64_t{65'537}, uint64_t{200'000}}) {
    FileBlock* block = file.Map(offset, 1000, true);
    char* bytes = static_cast<char*>(block->base());
    EXPECT(bytes[0] == 7 && bytes[999] == 7);
    bytes[0] = 9;
    Release(block);
    OVERLAPPED at{};
    at.Offset = static_cast<DWORD>(offset);
    char written = 0;
    DWORD count = 0;
    EXPECT(ReadFile(file.handle(), &written, 1, &count, &at) && written == 9);
  }
}

void AFileCantShrinkWhileItIsMapped() {
  const File file(100'000);
  FileBlock* block = file.Map(0, 100'000, true);
  FILE_END_OF_FILE_INFO end{};
  end.EndOfFile.QuadPart = 10;
  EXPECT(!SetFileInformationByHandle(file.handle(), FileEndOfFileInfo, &end, sizeof end));
  EXPECT(static_cast<char*>(block->base())[99'999] == 7);
  EXPECT(!block->Truncated());
  Release(block);
}

// As the system does for a page of a network drive that is gone; the handlers can't tell the difference.
void APageThatCantBeReadBecomesZerosAndIsTold() {
  const File file(kView);
  FileBlock* block = file.Map(0, kView, true);
  char* bytes = static_cast<char*>(block->base());
  EXPECT(bytes[70'000] == 7);
  std::atomic<bool> told{false};
  EXPECT(block->WhenLost([&] { told = true; }) == 0);
  const ULONG_PTR what[3] = {0, reinterpret_cast<ULONG_PTR>(bytes + 70'000), 0xC000009C};
  RaiseException(static_cast<DWORD>(EXCEPTION_IN_PAGE_ERROR), 0, 3, what);
  for (size_t at = 0; at < kView; at += 4096) EXPECT(bytes[at] == 0);
  bytes[0] = 1;
  EXPECT(bytes[0] == 1 && block->Truncated());
  while (!told) std::this_thread::yield();
  Release(block);
}

// --- a second process ---

struct Ended {
  DWORD status = 0;
  std::string output;
};

/// Runs this program as `child`; its standard error goes into a file.
Ended RunAs(const char* child) {
  File output(0);
  SetHandleInformation(output.handle(), HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
  SetEnvironmentVariableA("MEMORYVIEW_CHILD", child);
  char program[MAX_PATH];
  EXPECT(GetModuleFileNameA(nullptr, program, sizeof program) != 0);
  std::string line = "core-test win32";
  STARTUPINFOA start{};
  start.cb = sizeof start;
  start.dwFlags = STARTF_USESTDHANDLES;
  start.hStdOutput = start.hStdError = output.handle();
  PROCESS_INFORMATION process{};
  EXPECT(CreateProcessA(program, line.data(), nullptr, nullptr, TRUE, 0, nullptr, nullptr, &start, &process));
  SetEnvironmentVariableA("MEMORYVIEW_CHILD", nullptr);
  EXPECT(WaitForSingleObject(process.hProcess, 60'000) == WAIT_OBJECT_0);
  Ended ended;
  EXPECT(GetExitCodeProcess(process.hProcess, &ended.status));
  CloseHandle(process.hProcess);
  CloseHandle(process.hThread);
  ended.output.resize(4096);
  OVERLAPPED at{};
  DWORD count = 0;
  ReadFile(output.handle(), ended.output.data(), 4096, &count, &at);
  ended.output.resize(count);
  return ended;
}

constexpr const char* kName = "/memoryview_core_test";

FileBlock* MapShared(int descriptor) {
  int outcome = 0;
  const auto nbytes = static_cast<size_t>(mv::SizeOfShared(descriptor));
  FileBlock* block = FileBlock::Map(Kind::kShared, descriptor, 0, nbytes, true, "", outcome);
  EXPECT(block != nullptr);
  mv::CloseShared(descriptor);
  return block;
}

void ASectionIsReachedByItsNameWhileAProcessHasIt() {
  EXPECT(mv::OpenShared(kName, false, false) < 0);
  const int created = mv::OpenShared(kName, true, false);
  EXPECT(created > 0);
  EXPECT(mv::ResizeShared(created, 5000) == 0);
  FileBlock* block = MapShared(created);
  EXPECT(block->size() == 8192);
  char* bytes = static_cast<char*>(block->base());
  bytes[0] = 42;
  EXPECT(mv::OpenShared(kName, true, false) < 0);
  EXPECT(RunAs("section").status == 0);
  EXPECT(bytes[1] == 43);
  Release(block);
  EXPECT(mv::OpenShared(kName, false, false) < 0);
}

void AChildOpensASectionByTheHandleThatItInherits() {
  FileBlock* block = MapShared(mv::OpenSealed("", 5000));
  EXPECT(block->size() == 8192);
  char* bytes = static_cast<char*>(block->base());
  bytes[0] = 42;
  const int number = mv::NumberForChildren(block->descriptor());
  EXPECT(number > 0 && number != block->descriptor());
  SetEnvironmentVariableA("MEMORYVIEW_HANDLE", std::to_string(number).c_str());
  EXPECT(RunAs("handle").status == 0);
  EXPECT(bytes[1] == 43);
  Release(block);
  EXPECT(mv::SizeOfShared(number) < 0);
}

void AStrayAccessIsDescribedAndEndsTheProcess() {
  constexpr auto kViolation = static_cast<DWORD>(EXCEPTION_ACCESS_VIOLATION);
  const Ended overrun = RunAs("overrun");
  EXPECT(overrun.status == kViolation);
  EXPECT(overrun.output.find("0 bytes past the end of live memory: block ") != std::string::npos);
  EXPECT(overrun.output.find("label \"victim\"") != std::string::npos);
  const Ended stale = RunAs("stale");
  EXPECT(stale.status == kViolation);
  EXPECT(stale.output.find("in released memory: block ") != std::string::npos);
  const Ended elsewhere = RunAs("elsewhere");
  EXPECT(elsewhere.status == kViolation);
  EXPECT(elsewhere.output.find("memoryview guard") == std::string::npos);
}

[[noreturn]] void BeChild(const std::string& child) {
  SetErrorMode(SEM_NOGPFAULTERRORBOX);
  if (child == "section") {
    FileBlock* block = MapShared(mv::OpenShared(kName, false, false));
    char* bytes = static_cast<char*>(block->base());
    EXPECT(bytes[0] == 42);
    bytes[1] = 43;
    Release(block);
    std::exit(0);
  }
  if (child == "handle") {
    FileBlock* block = MapShared(std::atoi(std::getenv("MEMORYVIEW_HANDLE")));
    char* bytes = static_cast<char*>(block->base());
    EXPECT(bytes[0] == 42);
    bytes[1] = 43;
    Release(block);
    std::exit(0);
  }
  // Pages that were given back beside it: the handler for them must not take a guard's fault for its own.
  mv::OverlayPages(mv::MapPages(kView, mv::PageSize()));
  Block* block = mv::MakeGuardedBlock(Kind::kHeap, 64, 64, "victim");
  volatile char* bytes = static_cast<char*>(block->base());
  if (child == "overrun") bytes[64] = 1;
  if (child == "stale") {
    Release(block);
    bytes[5] = 1;
  }
  volatile uintptr_t nowhere = 8;
  *reinterpret_cast<volatile char*>(nowhere) = 1;
  std::exit(0);
}

void TestWindows(int rounds) {
  const char* child = std::getenv("MEMORYVIEW_CHILD");
  if (child != nullptr) BeChild(child);
  PagesThatAreGivenBackReadAsZerosInAnotherThread(rounds);
  AViewThatIsReleasedReadsAsZerosInAnotherThread(rounds);
  KeptAddressesTakeNoCommitCharge();
  APartOfAFileStartsAtAnyOffset();
  AFileCantShrinkWhileItIsMapped();
  APageThatCantBeReadBecomesZerosAndIsTold();
  ASectionIsReachedByItsNameWhileAProcessHasIt();
  AChildOpensASectionByTheHandleThatItInherits();
  AStrayAccessIsDescribedAndEndsTheProcess();
}

const Suite suite("win32", TestWindows);

}  // namespace
