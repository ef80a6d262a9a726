/* Records what a process does to the files below one directory: LD_PRELOAD, environment RECORD_UNDER
 * (an absolute path without a link in it) and RECORD_LOG (the log). Every call is carried out and then
 * written down under one lock, so that the log is in the order in which things happened. A record is
 * little-endian: u8 operation, u32 length of the name, u32 length of the data, i64 number, u64 inode;
 * then name and data. Shared memory of SQLite (-shm) is left out: it is made anew after a crash.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CREATE = 1, WRITE, TRUNCATE, SYNC, RENAME, UNLINK, SYNC_DIRECTORY };

#define FILES 4096

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int log_file = -1;
static const char *under = NULL;
static uint64_t inode_of[FILES]; /* of the open files that are watched, else 0 */

#define REAL(result, name, ...) \
    static result (*real_##name)(__VA_ARGS__) = NULL; \
    if (!real_##name) real_##name = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

static void put(const void *data, size_t size) {
    REAL(ssize_t, write, int, const void *, size_t);
    const char *at = data;
    while (size > 0) {
        ssize_t done = real_write(log_file, at, size);
        if (done <= 0) abort();
        at += done;
        size -= (size_t)done;
    }
}

static void record(uint8_t what, const char *name, const void *data, size_t size, int64_t number, uint64_t inode) {
    unsigned char head[25];
    uint32_t name_size = name ? (uint32_t)strlen(name) : 0, data_size = (uint32_t)size;
    if (log_file < 0) return;
    head[0] = what;
    memcpy(head + 1, &name_size, 4);
    memcpy(head + 5, &data_size, 4);
    memcpy(head + 9, &number, 8);
    memcpy(head + 17, &inode, 8);
    put(head, sizeof head);
    if (name_size) put(name, name_size);
    if (data_size) put(data, data_size);
}

__attribute__((constructor)) static void begin(void) {
    REAL(int, open, const char *, int, ...);
    const char *path = getenv("RECORD_LOG");
    under = getenv("RECORD_UNDER");
    if (path && under) log_file = real_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int watched(const char *path) {
    size_t size = under ? strlen(under) : 0, length = strlen(path);
    if (!size || strncmp(path, under, size) || path[size] != '/') return 0;
    return length < 4 || strcmp(path + length - 4, "-shm") != 0;
}

static uint64_t watched_inode(int file) {
    return file >= 0 && file < FILES ? inode_of[file] : 0;
}

static void opened(int file, const char *path, int was_there) {
    struct stat state;
    if (file < 0 || file >= FILES || !watched(path) || fstat(file, &state) || !S_ISREG(state.st_mode)) return;
    inode_of[file] = (uint64_t)state.st_ino;
    if (!was_there) record(CREATE, path, NULL, 0, 0, inode_of[file]);
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(int, name, const char *, int, ...); \
        mode_t mode = 0; \
        if (flags & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); } \
        pthread_mutex_lock(&lock); \
        int there = access(path, F_OK) == 0; \
        int file = real_##name(path, flags, mode), error = errno; \
        opened(file, path, there); \
        if (file >= 0 && there && (flags & O_TRUNC) && watched_inode(file)) record(TRUNCATE, NULL, NULL, 0, 0, watched_inode(file)); \
        pthread_mutex_unlock(&lock); \
        errno = error; \
        return file; \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int directory, const char *path, int flags, ...) { \
        REAL(int, name, int, const char *, int, ...); \
        mode_t mode = 0; \
        if (flags & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); } \
        pthread_mutex_lock(&lock); \
        int there = access(path, F_OK) == 0; \
        int file = real_##name(directory, path, flags, mode), error = errno; \
        opened(file, path, there); \
        if (file >= 0 && there && (flags & O_TRUNC) && watched_inode(file)) record(TRUNCATE, NULL, NULL, 0, 0, watched_inode(file)); \
        pthread_mutex_unlock(&lock); \
        errno = error; \
        return file; \
    }
OPENAT(openat)
OPENAT(openat64)

int close(int file) {
    REAL(int, close, int);
    pthread_mutex_lock(&lock);
    if (file >= 0 && file < FILES) inode_of[file] = 0;
    int result = real_close(file), error = errno;
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

ssize_t write(int file, const void *data, size_t size) {
    REAL(ssize_t, write, int, const void *, size_t);
    if (!watched_inode(file)) return real_write(file, data, size);
    pthread_mutex_lock(&lock);
    ssize_t done = real_write(file, data, size);
    int error = errno;
    if (done > 0) record(WRITE, NULL, data, (size_t)done, lseek(file, 0, SEEK_CUR) - done, watched_inode(file));
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}

#define PWRITE(name, offset_type) \
    ssize_t name(int file, const void *data, size_t size, offset_type at) { \
        REAL(ssize_t, name, int, const void *, size_t, offset_type); \
        if (!watched_inode(file)) return real_##name(file, data, size, at); \
        pthread_mutex_lock(&lock); \
        ssize_t done = real_##name(file, data, size, at); \
        int error = errno; \
        if (done > 0) record(WRITE, NULL, data, (size_t)done, (int64_t)at, watched_inode(file)); \
        pthread_mutex_unlock(&lock); \
        errno = error; \
        return done; \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

/* Nobody here writes scattered or copies in the kernel; if that changes, the log would be a lie. */
ssize_t writev(int file, const struct iovec *parts, int count) {
    REAL(ssize_t, writev, int, const struct iovec *, int);
    if (watched_inode(file)) abort();
    return real_writev(file, parts, count);
}

#define FTRUNCATE(name, offset_type) \
    int name(int file, offset_type size) { \
        REAL(int, name, int, offset_type); \
        pthread_mutex_lock(&lock); \
        int result = real_##name(file, size), error = errno; \
        if (!result && watched_inode(file)) record(TRUNCATE, NULL, NULL, 0, (int64_t)size, watched_inode(file)); \
        pthread_mutex_unlock(&lock); \
        errno = error; \
        return result; \
    }
FTRUNCATE(ftruncate, off_t)
FTRUNCATE(ftruncate64, off64_t)

static void synced(int file) {
    struct stat state;
    char link[64], path[PATH_MAX];
    if (watched_inode(file)) {
        record(SYNC, NULL, NULL, 0, 0, watched_inode(file));
    } else if (!fstat(file, &state) && S_ISDIR(state.st_mode)) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", file);
        ssize_t size = readlink(link, path, sizeof path - 1);
        if (size > 0) {
            path[size] = 0;
            if (under && !strncmp(path, under, strlen(under))) record(SYNC_DIRECTORY, path, NULL, 0, 0, 0);
        }
    }
}

#define FSYNC(name) \
    int name(int file) { \
        REAL(int, name, int); \
        pthread_mutex_lock(&lock); \
        int result = real_##name(file), error = errno; \
        if (!result) synced(file); \
        pthread_mutex_unlock(&lock); \
        errno = error; \
        return result; \
    }
FSYNC(fsync)
FSYNC(fdatasync)

int rename(const char *from, const char *to) {
    REAL(int, rename, const char *, const char *);
    pthread_mutex_lock(&lock);
    int result = real_rename(from, to), error = errno;
    if (!result && (watched(from) || watched(to))) record(RENAME, from, to, strlen(to), 0, 0);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

int unlink(const char *path) {
    REAL(int, unlink, const char *);
    pthread_mutex_lock(&lock);
    int result = real_unlink(path), error = errno;
    if (!result && watched(path)) record(UNLINK, path, NULL, 0, 0, 0);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}
