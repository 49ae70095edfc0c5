// Starts and joins the threads of one call.
#include "parallel.h"

#include <algorithm>
#include <array>
#include <exception>
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

/// Starts a thread for the part; none where the system refuses, or has no memory for it.
std::thread Start(const Part& part) {
  try {
    return std::thread([&part] { part.work(part.context, part.part); });
  } catch (const std::exception&) {
    return {};
  }
}

}  // namespace

size_t ThreadsFor(size_t nbytes) {
  static const size_t cores = std::max<size_t>(1, std::thread::hardware_concurrency());
  return std::clamp<size_t>(nbytes / kBytesAThread, 1, std::min(cores, kMaxThreads));
}

void InParallel(size_t parts, void (*work)(void* context, size_t part), void* context) {
  std::array<Part, kMaxThreads> given;
  std::array<std::thread, kMaxThreads> threads;
  parts = std::min(parts, kMaxThreads);
  for (size_t i = 0; i + 1 < parts; i++) {
    given[i] = {work, context, i};
    threads[i] = Start(given[i]);
  }
  work(context, parts - 1);
  for (size_t i = 0; i + 1 < parts; i++) {
    if (threads[i].joinable()) {
      threads[i].join();
    } else {
      work(context, i);
    }
  }
}

}  // namespace mv
