// The guard mode's handler of SIGSEGV and SIGBUS.
#include <signal.h>
#include <unistd.h>

#include "guard_fault.h"

namespace mv {
namespace {

struct sigaction previous_segv;
struct sigaction previous_bus;
void (*describe_fault)(uintptr_t address);

void OnFault(int signal, siginfo_t* info, void* context) {
  describe_fault(reinterpret_cast<uintptr_t>(info->si_addr));
  const struct sigaction& previous = signal == SIGSEGV ? previous_segv : previous_bus;
  if ((previous.sa_flags & SA_SIGINFO) != 0 && previous.sa_sigaction != nullptr) {
    previous.sa_sigaction(signal, info, context);
  } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
    previous.sa_handler(signal);
  } else {
    // The access runs again after the handler, and ends the process as it would have without the guard.
    sigaction(signal, &previous, nullptr);
  }
}

}  // namespace

void DescribeFaultsBy(void (*describe)(uintptr_t address)) {
  describe_fault = describe;
  struct sigaction action = {};
  action.sa_sigaction = OnFault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGSEGV, &action, &previous_segv);
  sigaction(SIGBUS, &action, &previous_bus);
}

void WriteInFault(std::string_view text) {
  if (write(STDERR_FILENO, text.data(), text.size()) < 0) return;
}

}  // namespace mv
