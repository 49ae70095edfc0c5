/** What packaging/glibc_floor.c puts in the place of newer functions of glibc works: threads, fstat, and the unwinder of C++. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const place = mkdtempSync(join(tmpdir(), 'memoryview-floor-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const PROGRAM = `
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

int main() {
  struct stat file;
  std::string caught;
  std::thread thread([&] {
    try {
      throw std::runtime_error("caught");
    } catch (const std::runtime_error& error) {
      caught = error.what();
    }
  });
  thread.join();
  std::mutex mutex;
  std::condition_variable condition;
  std::unique_lock<std::mutex> lock(mutex);
  const auto began = std::chrono::steady_clock::now();
  const bool late = condition.wait_for(lock, std::chrono::milliseconds(30)) == std::cv_status::timeout;
  const auto waited = std::chrono::steady_clock::now() - began;
  const bool timed = late && waited >= std::chrono::milliseconds(30) && waited < std::chrono::seconds(20);
  pthread_attr_t attributes;
  void* stack = nullptr;
  size_t size = 0;
  const bool stacked = pthread_getattr_np(pthread_self(), &attributes) == 0 &&
                       pthread_attr_getstack(&attributes, &stack, &size) == 0 && size > 0;
  const int fd = shm_open("/memoryview-floor", O_RDWR | O_CREAT, 0600);
  shm_unlink("/memoryview-floor");
  const bool sized = ftruncate(fd, 12345) == 0 && fstat(fd, &file) == 0 && file.st_size == 12345;
  std::printf("%s %d %d\\n", caught.c_str(), sized, timed && stacked);
}
`;

const arch = { x64: 'GLIBC_2.2.5', arm64: 'GLIBC_2.17' }[process.arch as string];
const glibc = process.platform === 'linux' && readFileSync(process.execPath).includes('ld-linux-');

test.skipIf(arch === undefined || !glibc)(
  'a program that is held to old versions of glibc runs',
  (context) => {
    const gyp = readFileSync(join(root, 'binding.gyp'), 'utf8');
    const wraps = [...gyp.matchAll(/"(-Wl,--wrap=\w+)"/g)].map(([, flag]) => flag!);
    expect(wraps.length).toBeGreaterThan(10);
    const source = join(place, 'program.cc');
    const floor = join(place, 'floor.o');
    const program = join(place, 'program');
    writeFileSync(source, PROGRAM);
    const compile = (tool: string, args: string[]): void => {
      const { status, error, stderr } = spawnSync(tool, args, { encoding: 'utf8' });
      if (error !== undefined && !process.env.CI) context.skip(`${tool} not found: install g++`);
      expect(status, `${error?.message ?? ''}${stderr}`).toBe(0);
    };
    compile('gcc', [
      '-Wall',
      '-Wextra',
      '-Werror',
      '-O1',
      '-c',
      '-o',
      floor,
      join(root, 'packaging/glibc_floor.c'),
    ]);
    compile('g++', ['-O1', '-static-libstdc++', '-static-libgcc', ...wraps, '-o', program, source, floor]);
    const ran = spawnSync(program, { encoding: 'utf8', env: { ...process.env, LD_PRELOAD: '' } });
    expect(`${ran.status} ${ran.stdout}`).toBe('0 caught 1 1\n');
    const { stdout } = spawnSync('readelf', ['--wide', '--dyn-syms', program], { encoding: 'utf8' });
    for (const name of ['pthread_create', 'pthread_join', 'shm_open', '__fxstat']) {
      expect(stdout).toMatch(new RegExp(` ${name}@${arch}`));
    }
    expect(stdout).not.toMatch(/_dl_find_object@|clockwait@|fstat@|__libc_single_threaded@/);
  },
);
