#include "parallel.h"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <thread>

namespace mv {
namespace {

// Starting and joining a thread takes 20-60 µs, in which a core copies about half a megabyte.
constexpr size_t kBytesAThread = 2 * 1024 * 1024;

struct Part {
  void (*work)(void* context, size_t part);
  void* context;
  size_t part;
};

void* Run(void* data) {
  const Part& part = *static_cast<Part*>(data);
  part.work(part.context, part.part);
  return nullptr;
}

}  // namespace

size_t ThreadsFor(size_t nbytes) {
  static const size_t cores = std::max<size_t>(1, std::thread::hardware_concurrency());
  return std::clamp<size_t>(nbytes / kBytesAThread, 1, std::min(cores, kMaxThreads));
}

void InParallel(size_t parts, void (*work)(void* context, size_t part), void* context) {
  std::array<Part, kMaxThreads> given;
  std::array<pthread_t, kMaxThreads> threads;
  std::array<bool, kMaxThreads> started{};
  parts = std::min(parts, kMaxThreads);
  for (size_t i = 0; i + 1 < parts; i++) {
    given[i] = {work, context, i};
    started[i] = pthread_create(&threads[i], nullptr, Run, &given[i]) == 0;
  }
  work(context, parts - 1);
  for (size_t i = 0; i + 1 < parts; i++) {
    if (started[i]) {
      pthread_join(threads[i], nullptr);
    } else {
      work(context, i);
    }
  }
}

}  // namespace mv
