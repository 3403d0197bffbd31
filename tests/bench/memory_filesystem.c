/* SPDX-License-Identifier: MIT
 * The ceiling of a FUSE file: one file, "data", whose reads are answered from memory that is already there.
 * usage: memory_filesystem -f MOUNTPOINT SIZE */
#define FUSE_USE_VERSION 314
#include <errno.h>
#include <fuse_lowlevel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

static char *memory;
static size_t size;

static void fill(fuse_ino_t ino, struct stat *st) {
  memset(st, 0, sizeof *st);
  st->st_ino = ino;
  st->st_mode = ino == 1 ? S_IFDIR | 0555 : S_IFREG | 0444;
  st->st_nlink = 1;
  st->st_size = ino == 1 ? 0 : (off_t)size;
}

static void on_init(void *data, struct fuse_conn_info *conn) {
  (void)data;
  conn->max_write = 1 << 20;
  conn->max_background = 256;
}

static void on_lookup(fuse_req_t req, fuse_ino_t parent, const char *name) {
  struct fuse_entry_param entry = {.ino = 2, .attr_timeout = 60, .entry_timeout = 60};
  if (parent != 1 || strcmp(name, "data") != 0) {
    fuse_reply_err(req, ENOENT);
    return;
  }
  fill(2, &entry.attr);
  fuse_reply_entry(req, &entry);
}

static void on_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *file) {
  struct stat st;
  (void)file;
  fill(ino, &st);
  fuse_reply_attr(req, &st, 60);
}

static void on_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *file) {
  (void)ino;
  file->keep_cache = 1;
  fuse_reply_open(req, file);
}

static void on_read(fuse_req_t req, fuse_ino_t ino, size_t count, off_t offset, struct fuse_file_info *file) {
  (void)ino;
  (void)file;
  size_t left = (size_t)offset < size ? size - (size_t)offset : 0;
  struct iovec part = {memory + offset, count < left ? count : left};
  fuse_reply_iov(req, &part, 1);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  size = strtoull(argv[3], NULL, 10);
  memory = malloc(size);
  memset(memory, 1, size);
  const struct fuse_lowlevel_ops ops = {
      .init = on_init, .lookup = on_lookup, .getattr = on_getattr, .open = on_open, .read = on_read};
  char *arguments[] = {argv[0], "-oro"};
  struct fuse_args args = FUSE_ARGS_INIT(2, arguments);
  struct fuse_session *session = fuse_session_new(&args, &ops, sizeof ops, NULL);
  if (!session || fuse_set_signal_handlers(session) != 0 || fuse_session_mount(session, argv[2]) != 0) return 1;
  struct fuse_loop_config *config = fuse_loop_cfg_create();
  fuse_loop_cfg_set_clone_fd(config, 1);
  fuse_session_loop_mt(session, config);
  fuse_session_unmount(session);
  fuse_session_destroy(session);
  return 0;
}
