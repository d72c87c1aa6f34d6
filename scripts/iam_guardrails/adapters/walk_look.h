/* A look at one folder: its files' names, sizes, times and inodes, and the folders in it.
   Sources: POSIX.1-2017, "readdir" and "fstatat". */

#pragma once
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __APPLE__
#define st_mtim st_mtimespec
#define st_ctim st_ctimespec
#endif

/* Beside the system's numbers for what went wrong: more is in the folder than may be held; nobody waits for it. */
#define MANY (-1)
#define STOPPED (-3)
#define OFTEN 64 /* after how many names it is asked whether somebody waits */

enum { SIZE, WRITTEN, CHANGED, INODE, NUMBERS };

typedef struct { char *name; int is_folder; int64_t numbers[NUMBERS]; } Entry;
typedef struct { Entry *entries; size_t count, room, bytes; uint64_t device, inode; } Look;
typedef int Stopped(void *given);

/* A time after the year 2262 is told as another one: what matters is whether it changes. */
static int64_t nanoseconds(struct timespec time) {
    return (int64_t)((uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec);
}

static int by_name(const void *one, const void *other) {
    return strcmp(((const Entry *)one)->name, ((const Entry *)other)->name);
}

static void let_go(Look *look) {
    for (size_t number = 0; number < look->count; number++) free(look->entries[number].name);
    free(look->entries);
}

/* Puts an entry of the open folder into the look; 0 where memory is short. */
static int put(Look *look, int folder, const char *name) {
    if (look->count == look->room) {
        size_t room = look->room ? look->room * 2 : 256;
        Entry *moved = realloc(look->entries, room * sizeof *moved);
        if (!moved) return 0;
        look->entries = moved;
        look->room = room;
    }
    Entry entry = {strdup(name), 0, {0}};
    if (!entry.name) return 0;
    struct stat found;
    if (!fstatat(folder, name, &found, 0)) { /* where this fails it is a link to nothing, which reading it tells */
        entry.is_folder = S_ISDIR(found.st_mode);
        entry.numbers[SIZE] = found.st_size;
        entry.numbers[WRITTEN] = nanoseconds(found.st_mtim);
        entry.numbers[CHANGED] = nanoseconds(found.st_ctim);
        entry.numbers[INODE] = (int64_t)found.st_ino;
    }
    look->bytes += strlen(name) + 1 + sizeof entry.numbers;
    look->entries[look->count++] = entry;
    return 1;
}

/* Looks at a folder; 0, or what went wrong. most: how many bytes may be told of what is in it. stopped(given): whether
   to end before. */
static int look_at(Look *look, const char *path, size_t most, Stopped *stopped, void *given) {
    int handle, failed = 0;
    while ((handle = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
        if (errno != EINTR) return errno;
        if (stopped(given)) return STOPPED;
    }
    struct stat own;
    DIR *folder = fstat(handle, &own) ? NULL : fdopendir(handle);
    if (!folder) {
        failed = errno;
        close(handle);
        return failed;
    }
    look->device = (uint64_t)own.st_dev;
    look->inode = (uint64_t)own.st_ino;
    const struct dirent *entry;
    while (!failed && (errno = 0, entry = readdir(folder))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (!put(look, handle, entry->d_name)) failed = ENOMEM;
        else if (look->bytes > most) failed = MANY;
        else if (look->count % OFTEN == 0 && stopped(given)) failed = STOPPED;
    }
    if (!failed) failed = errno;
    closedir(folder);
    if (look->count) qsort(look->entries, look->count, sizeof *look->entries, by_name);
    return failed;
}
