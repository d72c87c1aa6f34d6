/* The kinds of records that were seen, numbered, and when each came last on each day. */

#pragma once
#include <stdlib.h>
#include "alike_record.h"

#define DAY 86400
#define DAYS 4 /* those of a batch: one, and what came early or late; records of further ones are handed out */
#define PARTS 5
#define MOST_KINDS (UINT32_C(1) << 24)
#define MOST_TRIES 512 /* places that are looked at for a kind; by chance it is a few */

enum { EVERYTHING, TIME, READING };

typedef struct {
    uint64_t hash;
    size_t at;              /* where its parts begin in `bytes` */
    uint32_t parts[PARTS];  /* how long they are */
    int asked;              /* EVERYTHING until Python says what is asked of records of this kind */
    int64_t latest[DAYS];   /* seconds since 1970; -1 for none */
} Kind;

typedef struct { uint32_t kind; int64_t when; Slice text, parameters, address, id, account; } Record;

typedef struct {
    PyObject_HEAD
    uint64_t seed;
    size_t most_bytes;
    unsigned char *bytes;   /* what the kinds are told apart by, one after another */
    size_t used, room;
    int full;               /* whether a kind had no room */
    Kind *kinds;
    size_t count, kinds_room;
    uint32_t *places;       /* by hash: the number of a kind and one, 0 for none; their number is a power of two */
    size_t places_room;
    Record *records;        /* of the file that was read last */
    size_t found, records_room;
    int64_t days[DAYS];     /* since 1970; -1 for none yet */
} Table;

#define MIX UINT64_C(0x9E3779B97F4A7C15)

/* A hash of what was hashed before and of these bytes. Who chooses texts can make some meet, whatever the seed is: how
   many are looked at is limited (see kind_of). */
static uint64_t mixed(uint64_t hash, Slice part) {
    Place at = part.at;
    size_t left = part.length;
    uint64_t beside = hash ^ left;
    for (; left >= 16; at += 16, left -= 16) { /* two at once, as neither waits for the other */
        hash = (hash ^ eight(at)) * MIX;
        beside = (beside ^ eight(at + 8)) * MIX;
        hash ^= hash >> 29;
        beside ^= beside >> 31;
    }
    uint64_t rest[2] = {0, 0};
    memcpy(rest, at, left);
    hash = (hash ^ rest[0]) * MIX;
    beside = (beside ^ rest[1]) * MIX;
    return (hash ^ hash >> 29) + (beside ^ beside >> 31) * MIX;
}

/* The items, moved where there was no room for one more than `count`; NULL where memory is short. */
static void *roomy(void *items, size_t count, size_t *room, size_t size) {
    if (count < *room) return items;
    size_t wanted = *room ? *room * 2 : 256;
    void *moved = realloc(items, wanted * size);
    if (moved) *room = wanted;
    return moved;
}

static int widened(Table *table) {
    size_t wanted = table->places_room ? table->places_room * 2 : 1024;
    uint32_t *places = calloc(wanted, sizeof *places);
    if (!places) return 0;
    for (size_t kind = 0; kind < table->count; kind++) {
        size_t place = table->kinds[kind].hash & (wanted - 1);
        while (places[place]) place = (place + 1) & (wanted - 1);
        places[place] = (uint32_t)kind + 1;
    }
    free(table->places);
    table->places = places;
    table->places_room = wanted;
    return 1;
}

static int is_of(const Table *table, const Kind *kind, const Slice *parts) {
    Place known = table->bytes + kind->at;
    for (int part = 0; part < PARTS; known += parts[part++].length)
        if (kind->parts[part] != parts[part].length || !same(known, parts[part].at, parts[part].length)) return 0;
    return 1;
}

/* The number of the kind with these parts, a new one where there is none yet; -1 where no more can be held. */
static int64_t kind_of(Table *table, const Slice *parts) {
    uint64_t hash = table->seed;
    size_t length = 0;
    for (int part = 0; part < PARTS; part++) {
        hash = mixed(hash, parts[part]);
        length += parts[part].length;
    }
    if (table->count >= table->places_room / 2 && !widened(table)) return -1;
    size_t place = hash & (table->places_room - 1);
    int tries = MOST_TRIES;
    for (; table->places[place] && tries; place = (place + 1) & (table->places_room - 1), tries--) {
        size_t known = table->places[place] - 1;
        if (table->kinds[known].hash == hash && is_of(table, table->kinds + known, parts)) return (int64_t)known;
    }
    if (!tries || table->count >= MOST_KINDS || length > table->most_bytes - table->used) {
        table->full = 1;
        return -1;
    }
    if (length > table->room - table->used) {
        size_t wanted = (table->used + length) * 2;
        unsigned char *moved = realloc(table->bytes, wanted);
        if (!moved) return -1;
        table->bytes = moved;
        table->room = wanted;
    }
    Kind *kinds = roomy(table->kinds, table->count, &table->kinds_room, sizeof *kinds);
    if (!kinds) return -1;
    table->kinds = kinds;
    Kind *made = kinds + table->count;
    memset(made, 0, sizeof *made);
    made->hash = hash;
    made->at = table->used;
    for (int day = 0; day < DAYS; day++) made->latest[day] = -1;
    for (int part = 0; part < PARTS; part++) {
        made->parts[part] = (uint32_t)parts[part].length;
        memcpy(table->bytes + table->used, parts[part].at, parts[part].length);
        table->used += parts[part].length;
    }
    table->places[place] = (uint32_t)++table->count;
    return (int64_t)table->count - 1;
}

/* The number of a day among those that are kept; -1 where there are enough others. */
static int day_of(Table *table, int64_t when) {
    int64_t day = when / DAY;
    for (int number = 0; number < DAYS; number++) {
        if (table->days[number] < 0) table->days[number] = day;
        if (table->days[number] == day) return number;
    }
    return -1;
}
