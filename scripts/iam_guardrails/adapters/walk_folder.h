/* A folder of a walk: what was found in it, and what it lies in. */

#pragma once
#include "walk_look.h"

#define SIGNATURE 2 /* numbers of 64 bits */

typedef struct Folder Folder;
struct Folder {
    Folder *holder, *next;  /* what it lies in; the next one of a list */
    size_t users;           /* folders in it, and the list that it is in */
    char *path;             /* below the root, with a slash at its end, or empty */
    uint64_t device, inode;
    int failed;             /* 0, or what went wrong */
    char *names;            /* of its files, sorted, a zero byte between them */
    int64_t *numbers;       /* of its files, one after another */
    size_t length, count;   /* of the names together; of the files */
    uint64_t signature[SIGNATURE]; /* of these: see _walk.pyi */
};

static size_t bytes_of_numbers(const Folder *folder) { return folder->count * NUMBERS * sizeof *folder->numbers; }

static size_t bytes_of(const Folder *folder) {
    return sizeof *folder + strlen(folder->path) + 1 + folder->length + bytes_of_numbers(folder);
}

/* One user less. The walk's lock is held. */
static void left(Folder *folder) {
    while (folder && !--folder->users) {
        Folder *holder = folder->holder;
        free(folder->path);
        free(folder->names);
        free(folder->numbers);
        free(folder);
        folder = holder;
    }
}

static void left_all(Folder *folder) {
    while (folder) {
        Folder *next = folder->next;
        left(folder);
        folder = next;
    }
}

static Folder *folder_in(Folder *holder, const char *name) {
    Folder *made = calloc(1, sizeof *made);
    size_t before = holder ? strlen(holder->path) : 0, length = strlen(name);
    if (!made || !(made->path = malloc(before + length + 2))) {
        free(made);
        return NULL;
    }
    if (before) memcpy(made->path, holder->path, before);
    memcpy(made->path + before, name, length);
    memcpy(made->path + before + length, holder ? "/" : "", holder ? 2 : 1);
    made->holder = holder;
    made->users = 1;
    return made;
}

/* Takes bytes into a signature, both of whose numbers depend on each of them. It tells a list from one of another time,
   by chance wrongly once in 2^64 times at most, and need not withstand who chooses names: he could as well leave names,
   sizes and times as they were. */
static void sign(uint64_t *signature, const void *bytes, size_t length) {
    uint64_t one = signature[0] ^ length, other = signature[1] + length;
    for (const char *at = bytes; length;) {
        size_t size = length < 8 ? length : 8;
        uint64_t word = 0;
        memcpy(&word, at, size);
        one = (one ^ word) * UINT64_C(0x9E3779B97F4A7C15);
        one ^= one >> 29;
        other = (other + word) * UINT64_C(0xD6E8FEB86659FD93);
        other ^= other >> 32;
        at += size;
        length -= size;
    }
    signature[0] = one;
    signature[1] = other;
}

/* Puts what a look found into the folder, and gives the folders in it, the last one first; `failed` where it cannot. */
static Folder *told(Folder *folder, const Look *look) {
    Folder *inner = NULL;
    folder->names = malloc(look->bytes + 1);
    folder->numbers = malloc(look->bytes + 1);
    if (!folder->names || !folder->numbers) folder->failed = ENOMEM;
    for (size_t number = 0; !folder->failed && number < look->count; number++) {
        const Entry *entry = look->entries + number;
        if (number && !strcmp(entry->name, entry[-1].name)) continue; /* POSIX lets a changing folder name one twice */
        if (entry->is_folder) {
            Folder *made = folder_in(folder, entry->name);
            if (!made) {
                folder->failed = ENOMEM;
                break;
            }
            made->next = inner;
            inner = made;
            continue;
        }
        if (folder->count) folder->names[folder->length++] = 0;
        memcpy(folder->names + folder->length, entry->name, entry->length);
        folder->length += entry->length;
        memcpy(folder->numbers + NUMBERS * folder->count++, entry->numbers, sizeof entry->numbers);
    }
    if (!folder->failed) {
        sign(folder->signature, folder->names, folder->length);
        sign(folder->signature, folder->numbers, bytes_of_numbers(folder));
    }
    return inner;
}
