/* The fields of a record that decode.py reads, and their types: a record is passed over, and where they stand noted.

   Sources: AWS CloudTrail User Guide, "CloudTrail record contents" and "CloudTrail userIdentity element". */

#pragma once
#include "alike_json.h"

enum { TEXT, MESSAGE, FLAG, TEXT_OR_FLAG, OBJECT, ANY, NOTHING }; /* each, but for the ones needed, may be null or absent */
enum { NOWHERE, WHEN, SOURCE, NAME, ERROR, TOLD, IDENTITY, ISSUER, ARN, OWNER, PARAMETERS, ADDRESS, ID, ACCOUNT, SLOTS };

typedef struct { Place at; size_t length; } Slice; /* at: NULL where there is none, or null */
typedef struct Shape Shape;
typedef struct { const char *name; Shape *inside; unsigned char length, type, slot; signed char next; } Field;
#define LONGEST 18
#define MOST_FIELDS 32
/* first, next: by how long the names are.  after: which field came last time after each, and at the beginning; a guess */
struct Shape { Field *fields; int count; signed char first[LONGEST + 1], after[MOST_FIELDS + 1]; };

#define FIELD(name, type, slot, inside) {name, inside, sizeof name - 1, type, slot, -1}
#define UNREAD(name) FIELD(name, ANY, NOWHERE, NULL) /* of any type; here because it is in most records */
#define SHAPE(fields) {fields, sizeof fields / sizeof *fields, {0}, {0}}
#define BIT(number) (UINT32_C(1) << (number))

static Field issuer_fields[] = {
    UNREAD("type"), UNREAD("principalId"), FIELD("arn", TEXT, ISSUER, NULL), UNREAD("accountId"), UNREAD("userName"),
};
static Shape issuer_shape = SHAPE(issuer_fields);
static Field attribute_fields[] = {UNREAD("creationDate"), FIELD("mfaAuthenticated", TEXT_OR_FLAG, NOWHERE, NULL)};
static Shape attribute_shape = SHAPE(attribute_fields);
static Field context_fields[] = {
    FIELD("sessionIssuer", OBJECT, NOWHERE, &issuer_shape), FIELD("attributes", OBJECT, NOWHERE, &attribute_shape),
    FIELD("sourceIdentity", TEXT, NOWHERE, NULL),
};
static Shape context_shape = SHAPE(context_fields);
static Field behalf_fields[] = {FIELD("userId", TEXT, NOWHERE, NULL)};
static Shape behalf_shape = SHAPE(behalf_fields);
static Field identity_fields[] = {
    FIELD("type", TEXT, NOWHERE, NULL), FIELD("principalId", TEXT, NOWHERE, NULL), FIELD("arn", TEXT, ARN, NULL),
    FIELD("accountId", TEXT, OWNER, NULL), UNREAD("accessKeyId"), FIELD("userName", TEXT, NOWHERE, NULL),
    FIELD("sessionContext", OBJECT, NOWHERE, &context_shape), FIELD("invokedBy", TEXT, NOWHERE, NULL),
    FIELD("identityProvider", TEXT, NOWHERE, NULL), FIELD("onBehalfOf", OBJECT, NOWHERE, &behalf_shape),
};
static Shape identity_shape = SHAPE(identity_fields);
static Field record_fields[] = {
    FIELD("userIdentity", OBJECT, IDENTITY, &identity_shape), FIELD("eventTime", TEXT, WHEN, NULL),
    FIELD("eventSource", TEXT, SOURCE, NULL), FIELD("eventName", TEXT, NAME, NULL),
    FIELD("sourceIPAddress", TEXT, ADDRESS, NULL), FIELD("errorCode", TEXT, ERROR, NULL),
    FIELD("errorMessage", MESSAGE, TOLD, NULL), FIELD("requestParameters", ANY, PARAMETERS, NULL),
    FIELD("responseElements", ANY, NOWHERE, NULL), /* of assumptions, each of which is decoded */
    FIELD("eventID", TEXT, ID, NULL), FIELD("readOnly", FLAG, NOWHERE, NULL),
    FIELD("recipientAccountId", TEXT, ACCOUNT, NULL), FIELD("sharedEventID", TEXT, NOWHERE, NULL),
    FIELD("addendum", NOTHING, NOWHERE, NULL), /* rare, and more than a use */
    UNREAD("eventVersion"), UNREAD("awsRegion"), UNREAD("userAgent"), UNREAD("requestID"),
    UNREAD("eventType"), UNREAD("managementEvent"), UNREAD("eventCategory"), UNREAD("tlsDetails"),
};
static Shape record_shape = SHAPE(record_fields);

/* Makes `first`, `next` and `after`, also of the shapes inside. */
static void order(Shape *shape) {
    memset(shape->first, -1, sizeof shape->first);
    for (int number = 0; number <= shape->count; number++)
        shape->after[number] = (signed char)(number < shape->count ? number : 0);
    for (int number = shape->count - 1; number >= 0; number--) {
        Field *known = shape->fields + number;
        known->next = shape->first[known->length];
        shape->first[known->length] = (signed char)number;
        if (known->inside) order(known->inside);
    }
}

static Place object(Place at, Place end, Shape *shape, Slice *slots);

/* The place behind the value of a field; NULL where it is of another type than CloudTrail writes. */
static Place field(Place at, Place end, const Field *known, Slice *slots) {
    Place first = at;
    int holds = 0;
    if (at == end) return NULL;
    if (known->type == ANY) {
        if ((at = value(at, end, 0))) slots[known->slot] = (Slice){first, (size_t)(at - first)};
        return at;
    }
    if (*at == 'n') return word(at, end, "null", 4);
    if (known->type == NOTHING) return NULL;
    if (known->type == FLAG || (known->type == TEXT_OR_FLAG && *at != '"'))
        return *at == 't' ? word(at, end, "true", 4) : word(at, end, "false", 5);
    if (known->type == OBJECT) {
        if (!(at = object(at, end, known->inside, slots))) return NULL;
        slots[known->slot] = (Slice){first, (size_t)(at - first)};
        return at;
    }
    if (*at != '"' || !(at = string(at + 1, end, &holds))) return NULL;
    if (holds & (known->type == MESSAGE ? FOREIGN : FOREIGN | ESCAPED)) return NULL;
    slots[known->slot] = (Slice){first + 1, (size_t)(at - first - 1)};
    return at + 1;
}

/* The number of the field of that name; -1 for none. */
static inline int number_of(const Shape *shape, Place name, size_t length) {
    if (length > LONGEST) return -1;
    for (int number = shape->first[length]; number >= 0; number = shape->fields[number].next)
        if (same((Place)shape->fields[number].name, name, length)) return number;
    return -1;
}

/* Whether a field's name stands here, with the quote and the colon behind it. */
static inline int stands(const Field *known, Place name, Place end) {
    size_t length = known->length;
    return (size_t)(end - name) > length + 1 && same((Place)known->name, name, length) && name[length] == '"'
        && name[length + 1] == ':';
}

/* The place behind an object of a shape, whose fields go to their slots; NULL where it is none. */
static Place object(Place at, Place end, Shape *shape, Slice *slots) {
    uint32_t seen = 0;
    int last = 0; /* one more than the number of the field before, of those that are known; 0 at the beginning */
    if (at == end || *at != '{') return NULL;
    if (++at < end && *at == '}') return at + 1;
    for (;;) {
        int holds = 0, number = shape->after[last];
        if (at == end || *at != '"') return NULL;
        Place name = at + 1;
        if (stands(shape->fields + number, name, end)) {
            at = name + shape->fields[number].length + 2;
        } else {
            if (!(at = string(name, end, &holds)) || holds || end - at < 2 || at[1] != ':') return NULL;
            number = number_of(shape, name, (size_t)(at - name));
            at += 2;
        }
        if (number >= 0) {
            if (seen & BIT(number)) return NULL; /* of a key that stands there twice decoders take the last */
            seen |= BIT(number);
            shape->after[last] = (signed char)number;
            last = number + 1;
        }
        at = number < 0 ? value(at, end, 0) : field(at, end, shape->fields + number, slots);
        if (!at || at == end) return NULL;
        if (*at == '}') return at + 1;
        if (*at++ != ',') return NULL;
    }
}

static int two(Place at) {
    return at[0] >= '0' && at[0] <= '9' && at[1] >= '0' && at[1] <= '9' ? (at[0] - '0') * 10 + at[1] - '0' : -1;
}

/* Seconds since 1970 of a time as CloudTrail writes it, 2026-01-10T09:30:00Z; -1 where it is written otherwise. */
static int64_t seconds(Slice time) {
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    static const int long_months = 1 << 1 | 1 << 3 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 10 | 1 << 12;
    Place at = time.at;
    if (time.length != 20 || at[4] != '-' || at[7] != '-' || at[10] != 'T' || at[13] != ':' || at[16] != ':'
        || at[19] != 'Z')
        return -1;
    int century = two(at), rest = two(at + 2), month = two(at + 5), day = two(at + 8);
    int hour = two(at + 11), minute = two(at + 14), second = two(at + 17);
    int year = century * 100 + rest;
    if (century < 0 || rest < 0 || year < 1970 || year > 9998 || month < 1 || month > 12 || day < 1) return -1;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return -1;
    int leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day > (month == 2 ? 28 + leap : 30 + (long_months >> month & 1))) return -1;
    int64_t past = year - 1, days = past * 365 + past / 4 - past / 100 + past / 400 - 719162;
    days += before[month - 1] + (leap && month > 2) + day - 1;
    return ((days * 24 + hour) * 60 + minute) * 60 + second;
}
