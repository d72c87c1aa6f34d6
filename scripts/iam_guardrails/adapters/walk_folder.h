/* A folder of a walk: what was found in it, and what it lies in. */

#pragma once
#include <stdio.h>

#include "walk_hash.h"
#include "walk_look.h"

#define SIGNATURE 16

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
    uint8_t signature[SIGNATURE]; /* of these: see _walk.pyi */
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

static void sign(Folder *folder) {
    Hash hash;
    char head[32];
    int length = snprintf(head, sizeof head, "%zu\n", folder->length);
    hash_begin(&hash, SIGNATURE);
    hash_take(&hash, head, (size_t)length);
    hash_take(&hash, folder->names, folder->length);
    hash_take(&hash, folder->numbers, bytes_of_numbers(folder));
    hash_end(&hash, folder->signature);
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
        size_t length = strlen(entry->name);
        if (folder->count) folder->names[folder->length++] = 0;
        memcpy(folder->names + folder->length, entry->name, length);
        folder->length += length;
        memcpy(folder->numbers + NUMBERS * folder->count++, entry->numbers, sizeof entry->numbers);
    }
    if (!folder->failed) sign(folder);
    return inner;
}
