/* A disk that fails: between a program and its C library, for the files of one store.
 *
 * FAULT_STORE  the path of the store
 * FAULT_PLAN   one of
 *     write-eio N    the Nth write to the store or its journal fails, and all later ones
 *     write-int N    the same, and Ctrl-C is pressed when the first one fails
 *     write-stop N   the Nth write never ends, and Ctrl-C is pressed three times during it
 *     write-kill N   the process is killed at the Nth write to the store itself
 *     unlink-kill    the process is killed instead of removing the store's journal
 *     unlink-eperm   the store's journal cannot be removed
 *     sync-eio       the first sync of the store itself fails, and nothing else does
 *     folder-eio     once the store's journal has been removed, the sync of its folder fails
 *     early-folder-eio  until the store's journal has been removed, the sync of its folder fails
 *     read-eio N     nothing of the store itself from its byte N on can be read
 *     journal-eio N  the Nth read of the store's journal fails, and all later ones
 *     create-stop NAME  the making of a file with NAME in its name never ends, and Ctrl-C is pressed during it
 *     create-int N NAME  Ctrl-C is pressed when the Nth file with NAME in its name has been made, and no file can be
 *                    made without a name
 *     unlink-slow N  each removal of a page (.html) takes N milliseconds
 *     no-chmod       the file system lets nobody change the permissions of a file
 *     no-links       the file system has no links, and no renaming that replaces nothing
 *     no-locks       the file system has no locks of whole files
 *     trace FILE     removals and syncs are written down
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { NONE, STORE, JOURNAL, FOLDER, OTHER };

static int removed;

static int is_plan(const char *name) {
    const char *plan = getenv("FAULT_PLAN");
    return plan && strncmp(plan, name, strlen(name)) == 0;
}

static long plan_number(void) {
    return atol(strchr(getenv("FAULT_PLAN"), ' '));
}

static int kind_of_path(const char *path) {
    const char *store = getenv("FAULT_STORE");
    if (!store || !path) return NONE;
    size_t length = strlen(store), folder = (size_t)(strrchr(store, '/') - store);
    if (strcmp(path, store) == 0) return STORE;
    if (strncmp(path, store, length) == 0 && strcmp(path + length, "-journal") == 0) return JOURNAL;
    if (strlen(path) == folder && strncmp(path, store, folder) == 0) return FOLDER;
    return OTHER;
}

static int kind_of(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return NONE;
    path[length] = 0;
    return kind_of_path(path);
}

static void trace(const char *what, const char *name) {
    if (!is_plan("trace ")) return;
    int fd = open(getenv("FAULT_PLAN") + 6, O_WRONLY | O_CREAT | O_APPEND, 0600);
    char line[4200];
    int length = snprintf(line, sizeof line, "%s %s\n", what, name);
    if (write(fd, line, (size_t)length) != length) abort();
    close(fd);
}

/* Presses Ctrl-C three times. Signals of a kind are counted as one until a thread takes them. */
static void stop_three_times(void) {
    for (int times = 0; times < 3; times++) {
        sigset_t pending;
        kill(getpid(), SIGINT);
        do {
            usleep(1000);
            sigpending(&pending);
        } while (sigismember(&pending, SIGINT));
    }
}

/* Whether the write fails. */
static int write_fails(int fd) {
    static long all, of_store;
    if (is_plan("write-stop ")) {
        int kind = kind_of(fd);
        if ((kind == STORE || kind == JOURNAL) && ++all == plan_number()) {
            stop_three_times();
            for (;;) pause();
        }
        return 0;
    }
    if (is_plan("write-eio ") || is_plan("write-int ")) {
        int kind = kind_of(fd);
        if (kind != STORE && kind != JOURNAL) return 0;
        if (++all == plan_number() && is_plan("write-int ")) {
            kill(getpid(), SIGINT);
            /* Until the program has noticed it. */
            sleep(1);
        }
        return all >= plan_number();
    } else if (is_plan("write-kill ") && kind_of(fd) == STORE && ++of_store >= plan_number()) {
        kill(getpid(), SIGKILL);
    }
    return 0;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    if (write_fails(fd)) { errno = EIO; return -1; }
    ssize_t (*real)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, "pwrite");
    return real(fd, bytes, length, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    if (write_fails(fd)) { errno = EIO; return -1; }
    ssize_t (*real)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
    return real(fd, bytes, length, offset);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    if (write_fails(fd)) { errno = EIO; return -1; }
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    return real(fd, bytes, length);
}

/* Whether the read fails. */
static int read_fails(int fd, off64_t offset, size_t length) {
    static long of_journal;
    if (is_plan("journal-eio ")) return kind_of(fd) == JOURNAL && ++of_journal >= plan_number();
    if (!is_plan("read-eio ") || kind_of(fd) != STORE) return 0;
    return offset + (off64_t)length > plan_number();
}

ssize_t pread(int fd, void *bytes, size_t length, off_t offset) {
    if (read_fails(fd, offset, length)) { errno = EIO; return -1; }
    ssize_t (*real)(int, void *, size_t, off_t) = dlsym(RTLD_NEXT, "pread");
    return real(fd, bytes, length, offset);
}

ssize_t pread64(int fd, void *bytes, size_t length, off64_t offset) {
    if (read_fails(fd, offset, length)) { errno = EIO; return -1; }
    ssize_t (*real)(int, void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pread64");
    return real(fd, bytes, length, offset);
}

ssize_t read(int fd, void *bytes, size_t length) {
    if ((is_plan("read-eio ") || is_plan("journal-eio ")) && read_fails(fd, lseek64(fd, 0, SEEK_CUR), length)) { errno = EIO; return -1; }
    ssize_t (*real)(int, void *, size_t) = dlsym(RTLD_NEXT, "read");
    return real(fd, bytes, length);
}

int openat(int folder, const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if (flags & O_CREAT && is_plan("create-stop ") && strstr(path, getenv("FAULT_PLAN") + strlen("create-stop "))) {
        kill(getpid(), SIGINT);
        for (;;) pause();
    }
    int (*real)(int, const char *, int, ...) = dlsym(RTLD_NEXT, "openat");
    if (is_plan("create-int ")) {
        static long made;
        if ((flags & O_TMPFILE) == O_TMPFILE) { errno = EOPNOTSUPP; return -1; }
        int file = real(folder, path, flags, mode);
        if (file >= 0 && flags & O_CREAT && strstr(path, strrchr(getenv("FAULT_PLAN"), ' ') + 1) && ++made == plan_number()) {
            kill(getpid(), SIGINT);
            /* Until the program has noticed it. */
            usleep(300000);
        }
        return file;
    }
    return real(folder, path, flags, mode);
}

int flock(int fd, int operation) {
    if (is_plan("no-locks")) { errno = EOPNOTSUPP; return -1; }
    int (*real)(int, int) = dlsym(RTLD_NEXT, "flock");
    return real(fd, operation);
}

int fchmod(int fd, mode_t mode) {
    if (is_plan("no-chmod")) { errno = EPERM; return -1; }
    int (*real)(int, mode_t) = dlsym(RTLD_NEXT, "fchmod");
    return real(fd, mode);
}

int linkat(int from, const char *old, int to, const char *new, int flags) {
    if (is_plan("no-links")) { errno = ENOSYS; return -1; }
    int (*real)(int, const char *, int, const char *, int) = dlsym(RTLD_NEXT, "linkat");
    return real(from, old, to, new, flags);
}

int renameat2(int from, const char *old, int to, const char *new, unsigned flags) {
    if (is_plan("no-links")) { errno = ENOSYS; return -1; }
    int (*real)(int, const char *, int, const char *, unsigned) = dlsym(RTLD_NEXT, "renameat2");
    return real(from, old, to, new, flags);
}

static int sync_fails(int fd) {
    int kind = kind_of(fd);
    if (kind == FOLDER && removed && is_plan("folder-eio")) { errno = EIO; return -1; }
    if (kind == FOLDER && !removed && is_plan("early-folder-eio")) { errno = EIO; return -1; }
    static int failed;
    if (kind == STORE && !failed && is_plan("sync-eio")) { failed = 1; errno = EIO; return -1; }
    if (kind == FOLDER) trace("sync", "folder");
    if (kind == STORE) trace("sync", "store");
    if (kind == JOURNAL) trace("sync", "journal");
    return 0;
}

int fsync(int fd) {
    if (sync_fails(fd)) return -1;
    int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
    return real(fd);
}

int fdatasync(int fd) {
    if (sync_fails(fd)) return -1;
    int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");
    return real(fd);
}

static int removal_fails(const char *path) {
    if (kind_of_path(path) == JOURNAL) {
        if (is_plan("unlink-kill")) kill(getpid(), SIGKILL);
        if (is_plan("unlink-eperm")) { errno = EPERM; return -1; }
        removed = 1;
        trace("remove", "journal");
    } else {
        const char *name = strrchr(path, '/');
        trace("remove", name ? name + 1 : path);
    }
    return 0;
}

int unlink(const char *path) {
    if (removal_fails(path)) return -1;
    int (*real)(const char *) = dlsym(RTLD_NEXT, "unlink");
    return real(path);
}

int unlinkat(int folder, const char *path, int flags) {
    char link[64], whole[4096 + 256] = "";
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t length = *path == '/' ? 0 : readlink(link, whole, 4096);
    if (length > 0) whole[length++] = '/';
    if (is_plan("unlink-slow ") && strstr(path, ".html")) usleep((useconds_t)plan_number() * 1000);
    snprintf(whole + (length > 0 ? length : 0), 256, "%s", path);
    if (removal_fails(whole)) return -1;
    int (*real)(int, const char *, int) = dlsym(RTLD_NEXT, "unlinkat");
    return real(folder, path, flags);
}
