/* SPDX-License-Identifier: MIT */
/* Does random reads, SEEK_DATA and SEEK_HOLE on a mounted file from several threads and compares them with the
 * original.
 *
 *   seek_checker MOUNTED ORIGINAL OPERATIONS THREADS SEED
 *
 * What is read must be the original's bytes. What SEEK_DATA skips, and what SEEK_HOLE finds, must be zeros in the
 * original: a hole may be missed, never made up. The page cache is dropped now and then, so that reads reach the file
 * system; what a mount evicts is its own business. Prints what it did, or the first difference, with the seed. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096, LARGEST_READ = 256 * 1024, OPERATIONS_BETWEEN_DROPS = 64 };

static const char* mounted;
static int original;
static const uint8_t* bytes;   /* of the original */
static const uint8_t* is_data; /* one a page of the original: whether it holds anything but zeros */
static off_t size;
static off_t pages;
static atomic_long left;
static atomic_long reads, seeks, holes, failed;

static uint64_t next(uint64_t* state) { /* xorshift64* */
  *state ^= *state >> 12;
  *state ^= *state << 25;
  *state ^= *state >> 27;
  return *state * 2685821657736338717ULL;
}

static void differ(const char* what, off_t at, off_t found) {
  atomic_fetch_add(&failed, 1);
  fprintf(stderr, "%s at %lld gave %lld (errno %d)\n", what, (long long)at, (long long)found, errno);
}

/* True when the original's bytes from `begin` to `end` are all zero. */
static int zeros(off_t begin, off_t end) {
  while (begin < end) {
    const off_t page = begin / PAGE;
    const off_t page_end = (page + 1) * PAGE < end ? (page + 1) * PAGE : end;
    if (is_data[page]) {
      for (off_t at = begin; at < page_end; ++at) {
        if (bytes[at] != 0) return 0;
      }
    }
    begin = page_end;
  }
  return 1;
}

/* A place in the file: mostly anywhere, often near an edge of data or of a block, where mistakes would be. */
static off_t place(uint64_t* state) {
  off_t at = (off_t)(next(state) % (uint64_t)size);
  const uint64_t kind = next(state) % 8;
  if (kind == 0) at &= ~(off_t)(PAGE - 1);
  if (kind == 1) at = (at & ~(off_t)0xffff) + (off_t)(next(state) % 3) - 1;
  if (kind == 2) at = (at & ~(off_t)0xfffff) + (off_t)(next(state) % 3) - 1;
  if (kind == 3) at = size - 1 - (off_t)(next(state) % PAGE);
  return at < 0 ? 0 : at >= size ? size - 1 : at;
}

static void check_read(int file, uint64_t* state, uint8_t* buffer) {
  const off_t at = place(state);
  const size_t most = next(state) % 8 == 0 ? LARGEST_READ : 2 * PAGE;
  const size_t count = 1 + next(state) % most;
  const size_t expected = (off_t)count < size - at ? count : (size_t)(size - at);
  const ssize_t got = pread(file, buffer, count, at);
  if (got != (ssize_t)expected || memcmp(buffer, bytes + at, expected) != 0) differ("read", at, got);
  atomic_fetch_add(&reads, 1);
}

static void check_data(int file, uint64_t* state) {
  const off_t at = place(state);
  const off_t found = lseek(file, at, SEEK_DATA);
  if (found < 0 ? errno != ENXIO || !zeros(at, size) : found < at || found >= size || !zeros(at, found)) {
    differ("SEEK_DATA", at, found);
  }
  if (found != at) atomic_fetch_add(&holes, 1);
  atomic_fetch_add(&seeks, 1);
}

static void check_hole(int file, uint64_t* state) {
  const off_t at = place(state);
  const off_t found = lseek(file, at, SEEK_HOLE);
  /* One byte is enough: how far the hole goes may change before it could be asked. */
  if (found < at || found > size || (found < size && bytes[found] != 0)) differ("SEEK_HOLE", at, found);
  atomic_fetch_add(&seeks, 1);
}

static void* work(void* seed) {
  uint64_t state = (uint64_t)(uintptr_t)seed;
  uint8_t* buffer = malloc(LARGEST_READ);
  int file = open(mounted, O_RDONLY);
  long done = 0;
  if (file < 0 || !buffer) differ("open", 0, file);
  while (!atomic_load(&failed) && atomic_fetch_sub(&left, 1) > 0) {
    switch (next(&state) % 4) {
      case 0:
        check_data(file, &state);
        break;
      case 1:
        check_hole(file, &state);
        break;
      default:
        check_read(file, &state, buffer);
    }
    if (++done % OPERATIONS_BETWEEN_DROPS == 0) posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
  }
  close(file);
  free(buffer);
  return NULL;
}

static uint8_t* find_data(void) {
  uint8_t* found = calloc((size_t)pages, 1);
  static const uint8_t none[PAGE];
  for (off_t page = 0; found && page < pages; ++page) {
    const off_t count = size - page * PAGE < PAGE ? size - page * PAGE : PAGE;
    found[page] = memcmp(bytes + page * PAGE, none, (size_t)count) != 0;
  }
  return found;
}

int main(int argc, char** argv) {
  struct stat status;
  if (argc != 6) return 2;
  mounted = argv[1];
  original = open(argv[2], O_RDONLY);
  if (original < 0 || fstat(original, &status) != 0) return 2;
  size = status.st_size;
  pages = (size + PAGE - 1) / PAGE;
  bytes = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, original, 0);
  is_data = bytes == MAP_FAILED ? NULL : find_data();
  if (!is_data) return 2;
  atomic_store(&left, atol(argv[3]));
  const int threads = atoi(argv[4]);
  const uint64_t seed = strtoull(argv[5], NULL, 10);
  pthread_t ids[64];
  for (int i = 0; i < threads && i < 64; ++i) {
    const uint64_t own = (seed + 1) * 0x9e3779b97f4a7c15ULL + (uint64_t)i * 0xbf58476d1ce4e5b9ULL;
    pthread_create(&ids[i], NULL, work, (void*)(uintptr_t)(own | 1));
  }
  for (int i = 0; i < threads && i < 64; ++i) pthread_join(ids[i], NULL);
  printf("{\"reads\": %ld, \"seeks\": %ld, \"holes\": %ld, \"failed\": %ld, \"seed\": %llu}\n", reads, seeks, holes,
         failed, (unsigned long long)seed);
  return failed ? 1 : 0;
}
