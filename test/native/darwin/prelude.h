// Included before each source by ../macos-check.sh: what Debian's libstdc++ was configured for, and macOS has not. It waits without a
// futex then, and finds two functions that glibc shows with _GNU_SOURCE only, which the sources must not see here.
#include <pthread.h>

#include <cstddef>
#undef _GLIBCXX_HAVE_LINUX_FUTEX
extern "C" int pthread_cond_clockwait(pthread_cond_t*, pthread_mutex_t*, clockid_t, const struct timespec*);
extern "C" int pthread_mutex_clocklock(pthread_mutex_t*, clockid_t, const struct timespec*);
