/* Keeps a prebuilt addon loadable on systems with an older C library than the one that it was linked
 * with.
 *
 * The linker binds a name to its newest version, so an addon linked on glibc 2.36 would need 2.34,
 * although all functions that it calls are much older. With --wrap (binding.gyp has the list) each such
 * call comes here, also from libstdc++.a, and goes on to the first version of the name, which every
 * glibc still has. Functions that did not exist then are replaced. This file is compiled only into
 * prebuilt addons for glibc; packaging/prebuilds.mjs checks the versions that they need. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

/* The first version of glibc on the architecture, and the number by which its __fxstat names the layout
 * of struct stat.
 */
#if defined(__x86_64__)
#define FIRST "GLIBC_2.2.5"
#define STAT_LAYOUT 1
#elif defined(__aarch64__)
#define FIRST "GLIBC_2.17"
#define STAT_LAYOUT 0
#else
#error "glibc_floor.c: which glibc was the first on this architecture?"
#endif

#define FORWARD(result, name, parameters, arguments)    \
  __asm__(".symver first_" #name ", " #name "@" FIRST); \
  extern result first_##name parameters;                \
  result __wrap_##name parameters;                      \
  result __wrap_##name parameters { return first_##name arguments; }

FORWARD(int, pthread_create,
        (pthread_t * thread, const pthread_attr_t *attributes, void *(*run)(void *), void *data),
        (thread, attributes, run, data))
FORWARD(int, pthread_getattr_np, (pthread_t thread, pthread_attr_t *attributes), (thread, attributes))
FORWARD(int, pthread_attr_getstack, (const pthread_attr_t *attributes, void **stack, size_t *size),
        (attributes, stack, size))
FORWARD(int, pthread_detach, (pthread_t thread), (thread))
FORWARD(int, pthread_join, (pthread_t thread, void **result), (thread, result))
FORWARD(int, pthread_mutex_trylock, (pthread_mutex_t * mutex), (mutex))
FORWARD(int, pthread_once, (pthread_once_t * once, void (*run)(void)), (once, run))
FORWARD(int, pthread_sigmask, (int how, const sigset_t *set, sigset_t *before), (how, set, before))
FORWARD(int, __pthread_key_create, (pthread_key_t * key, void (*end)(void *)), (key, end))
FORWARD(void *, dlopen, (const char *file, int flags), (file, flags))
FORWARD(int, dladdr, (const void *address, Dl_info *info), (address, info))
FORWARD(int, shm_open, (const char *name, int flags, mode_t mode), (name, flags, mode))
FORWARD(int, shm_unlink, (const char *name), (name))

/*
 * fstat was a macro over this function up to glibc 2.32. On 64-bit systems its variants for file sizes
 * are the same.
 */
extern int __fxstat(int layout, int fd, struct stat *file);
int __wrap_fstat(int fd, struct stat *file);
int __wrap_fstat64(int fd, struct stat *file);
int __wrap_fstat(int fd, struct stat *file) { return __fxstat(STAT_LAYOUT, fd, file); }
int __wrap_fstat64(int fd, struct stat *file) { return __fxstat(STAT_LAYOUT, fd, file); }

/* Waits by the steady clock (2.30). A condition variable of C++ uses the wall clock, so the deadline is
 * converted to it. */
int __wrap_pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                                  const struct timespec *until);
int __wrap_pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                                  const struct timespec *until) {
  struct timespec now;
  struct timespec deadline;
  clock_gettime(clock, &now);
  clock_gettime(CLOCK_REALTIME, &deadline);
  deadline.tv_sec += until->tv_sec - now.tv_sec;
  deadline.tv_nsec += until->tv_nsec - now.tv_nsec;
  if (deadline.tv_nsec < 0) {
    deadline.tv_sec--;
    deadline.tv_nsec += 1000000000;
  } else if (deadline.tv_nsec >= 1000000000) {
    deadline.tv_sec++;
    deadline.tv_nsec -= 1000000000;
  }
  return pthread_cond_timedwait(condition, mutex, &deadline);
}

/* Whether reference counts need not be atomic (2.32). Never: Node has threads. */
char __libc_single_threaded = 0;

/* libgcc's unwinder finds the tables of the code at an address by this function (2.35). Built against an
 * older glibc, it would call dl_iterate_phdr itself. */
#if __GLIBC_PREREQ(2, 35)
struct search {
  uintptr_t address;
  struct dl_find_object *found;
};

static int visit(struct dl_phdr_info *object, size_t size, void *data) {
  struct search *search = data;
  const ElfW(Phdr) *tables = NULL;
  uintptr_t start = UINTPTR_MAX, end = 0;
  (void)size;
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &object->dlpi_phdr[i];
    if (part->p_type == PT_GNU_EH_FRAME) tables = part;
    if (part->p_type != PT_LOAD) continue;
    const uintptr_t from = object->dlpi_addr + part->p_vaddr;
    if (from < start) start = from;
    if (from + part->p_memsz > end) end = from + part->p_memsz;
  }
  if (tables == NULL || search->address < start || search->address >= end) return 0;
  *search->found = (struct dl_find_object){0};
  search->found->dlfo_map_start = (void *)start;
  search->found->dlfo_map_end = (void *)end;
  search->found->dlfo_eh_frame = (void *)(object->dlpi_addr + tables->p_vaddr);
  return 1;
}

int _dl_find_object(void *address, struct dl_find_object *found) {
  struct search search = {(uintptr_t)address, found};
  return dl_iterate_phdr(visit, &search) == 1 ? 0 : -1;
}
#endif
