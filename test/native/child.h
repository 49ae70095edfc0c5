// Runs a function that ends its process, in a process of its own.
#ifndef MEMORYVIEW_TEST_CHILD_H_
#define MEMORYVIEW_TEST_CHILD_H_

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <string>

#include "expect.h"

struct Ended {
  int status;          // as waitpid has it
  std::string output;  // what it wrote to stderr

  bool exited() const { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }
  bool killed_by(int signal) const { return WIFSIGNALED(status) && WTERMSIG(status) == signal; }
  /// By a fault: a sanitizer turns the signal into a report and an exit of its own.
  bool died() const { return !exited() && !killed_by(SIGALRM); }
};

/// EXPECT of a child, with what it wrote: an EXPECT that failed in the child is told there.
#define EXPECT_OF(ended, condition)                                                         \
  do {                                                                                      \
    if (!(condition)) {                                                                     \
      std::fprintf(stderr, "a child ended with status %d and wrote:\n%s\n", (ended).status, \
                   (ended).output.c_str());                                                 \
    }                                                                                       \
    EXPECT(condition);                                                                      \
  } while (false)

/// Runs `work` in a child, which ends with status 0 where `work` returns, and after a minute at the
/// latest: seconds are too few where an emulator runs it beside other work.
inline Ended InChild(const std::function<void()>& work) {
  int ends[2];
  EXPECT(pipe(ends) == 0);
  const pid_t child = fork();
  EXPECT(child >= 0);
  if (child == 0) {
    alarm(60);
    dup2(ends[1], STDERR_FILENO);
    work();
    _exit(0);
  }
  close(ends[1]);
  Ended ended{};
  char bytes[4096];
  ssize_t got = 0;
  while ((got = read(ends[0], bytes, sizeof bytes)) > 0) ended.output.append(bytes, static_cast<size_t>(got));
  close(ends[0]);
  EXPECT(waitpid(child, &ended.status, 0) == child);
  return ended;
}

#endif  // MEMORYVIEW_TEST_CHILD_H_
