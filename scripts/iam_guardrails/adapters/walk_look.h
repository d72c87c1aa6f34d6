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

/* at: where the name begins among all names.  name: it itself, once the look is over. */
typedef struct { size_t at, length; const char *name; int is_folder; int64_t numbers[NUMBERS]; } Entry;
/* bytes: how many are told of it.  used: of the names, which stand one after another, a zero byte behind each. */
typedef struct { Entry *entries; char *names; size_t count, room, bytes, used, names_room; uint64_t device, inode; } Look;
typedef int Stopped(void *given);

/* A time after the year 2262 is told as another one: what matters is whether it changes. */
static int64_t nanoseconds(struct timespec time) {
    return (int64_t)((uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec);
}

static int by_name(const void *one, const void *other) {
    return strcmp(((const Entry *)one)->name, ((const Entry *)other)->name);
}

static void let_go(Look *look) {
    free(look->entries);
    free(look->names);
}

/* The items, moved where there is no room for so many more; NULL where memory is short. */
static void *with_room(void *items, size_t count, size_t more, size_t *room, size_t size) {
    if (more <= *room - count) return items;
    size_t wanted = (count + more) * 2;
    void *moved = realloc(items, wanted * size);
    if (moved) *room = wanted;
    return moved;
}

/* Puts an entry of the open folder into the look; 0 where memory is short. */
static int put(Look *look, int folder, const char *name) {
    Entry entry = {look->used, strlen(name), NULL, 0, {0}};
    size_t more = look->count ? 1 : 128; /* few folders have less than some files */
    Entry *entries = with_room(look->entries, look->count, more, &look->room, sizeof entry);
    if (entries) look->entries = entries;
    char *names = with_room(look->names, look->used, (entry.length + 1) * more, &look->names_room, 1);
    if (names) look->names = names;
    if (!entries || !names) return 0;
    memcpy(names + look->used, name, entry.length + 1);
    look->used += entry.length + 1;
    struct stat found;
    if (!fstatat(folder, name, &found, 0)) { /* where this fails it is a link to nothing, which reading it tells */
        entry.is_folder = S_ISDIR(found.st_mode);
        entry.numbers[SIZE] = found.st_size;
        entry.numbers[WRITTEN] = nanoseconds(found.st_mtim);
        entry.numbers[CHANGED] = nanoseconds(found.st_ctim);
        entry.numbers[INODE] = (int64_t)found.st_ino;
    }
    look->bytes += entry.length + 1 + sizeof entry.numbers;
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
    for (size_t number = 0; number < look->count; number++)
        look->entries[number].name = look->names + look->entries[number].at;
    if (look->count) qsort(look->entries, look->count, sizeof *look->entries, by_name);
    return failed;
}
