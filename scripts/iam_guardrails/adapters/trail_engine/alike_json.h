/* JSON without blanks, passed over byte by byte. Source: RFC 8259. */

#pragma once
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

typedef const unsigned char *Place;

static uint64_t eight(Place at) {
    uint64_t word;
    memcpy(&word, at, 8);
    return word;
}

static uint32_t four(Place at) {
    uint32_t word;
    memcpy(&word, at, 4);
    return word;
}

/* Whether these bytes are the same; most are few, for which memcmp is slower. */
static inline int same(Place one, Place other, size_t length) {
    if (length >= 8) {
        for (size_t byte = 0; byte + 8 <= length; byte += 8)
            if (eight(one + byte) != eight(other + byte)) return 0;
        return eight(one + length - 8) == eight(other + length - 8);
    }
    if (length >= 4) return four(one) == four(other) && four(one + length - 4) == four(other + length - 4);
    for (size_t byte = 0; byte < length; byte++)
        if (one[byte] != other[byte]) return 0;
    return 1;
}

enum { ESCAPED = 1, FOREIGN = 2 }; /* what a string holds: an escape, a byte beyond ASCII */

static int hexadecimal(unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* The place behind an escape that begins at `at`; NULL where it is none. */
static Place escape(Place at, Place end) {
    if (end - at < 2) return NULL;
    switch (at[1]) {
    case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't':
        return at + 2;
    case 'u':
        if (end - at < 6) return NULL;
        for (int digit = 2; digit < 6; digit++)
            if (!hexadecimal(at[digit])) return NULL;
        if ((at[2] | 0x20) != 'd' || at[3] < '8') return at + 6;
        /* the first half of a pair: the second has to follow, as decoders refuse one alone */
        if ((at[3] | 0x20) > 'b' || end - at < 12 || at[6] != '\\' || at[7] != 'u' || (at[8] | 0x20) != 'd') return NULL;
        if ((at[9] | 0x20) < 'c') return NULL;
        for (int digit = 9; digit < 12; digit++)
            if (!hexadecimal(at[digit])) return NULL;
        return at + 12;
    default:
        return NULL;
    }
}

#if defined(__SSE2__)
#define PIECE 16
/* A bit for each of the next 16 bytes at which a string may not go on; `high`: for those beyond ASCII. */
static inline unsigned stops(Place at, unsigned *high) {
    __m128i piece = _mm_loadu_si128((const __m128i *)at);
    __m128i quotes = _mm_cmpeq_epi8(piece, _mm_set1_epi8('"')), slashes = _mm_cmpeq_epi8(piece, _mm_set1_epi8('\\'));
    __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(piece, _mm_set1_epi8(0x1F)), piece);
    *high = (unsigned)_mm_movemask_epi8(piece);
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, slashes), controls));
}
#endif

/* The same for what `string` does not do at once. beyond: whether a byte beyond ASCII was passed already. */
static Place long_string(Place at, Place end, int *holds, unsigned beyond) {
    for (;;) {
#if defined(__SSE2__)
        while (end - at >= PIECE) {
            unsigned high, stop = stops(at, &high);
            if (stop) {
                beyond |= high & (stop - 1) & ~stop;
                at += __builtin_ctz(stop);
                break;
            }
            beyond |= high;
            at += PIECE;
        }
#endif
        while (at < end && *at != '"' && *at != '\\' && *at >= ' ') beyond |= *at++ & 0x80u;
        if (at == end) return NULL;
        if (*at == '"') break;
        if (*at != '\\' || !(at = escape(at, end))) return NULL;
        *holds |= ESCAPED;
    }
    if (beyond) *holds |= FOREIGN;
    return at;
}

/* The place of the quote that closes a string whose first byte is at `at`; NULL where there is none. */
static inline Place string(Place at, Place end, int *holds) {
#if defined(__SSE2__)
    unsigned high, stop;
    if (end - at >= PIECE) {
        if (!(stop = stops(at, &high))) return long_string(at + PIECE, end, holds, high);
        Place close = at + __builtin_ctz(stop); /* most are so short */
        if (*close == '"' && !(high & (stop - 1) & ~stop)) return close;
    }
#endif
    return long_string(at, end, holds, 0);
}

#define DEEPEST 64

static Place word(Place at, Place end, const char *letters, size_t length) {
    return (size_t)(end - at) >= length && !memcmp(at, letters, length) ? at + length : NULL;
}

static Place digits(Place at, Place end) {
    Place first = at;
    while (at < end && *at >= '0' && *at <= '9') at++;
    return at > first ? at : NULL;
}

static Place number(Place at, Place end) {
    if (at < end && *at == '-') at++;
    Place first = at;
    if (!(at = digits(at, end)) || (*first == '0' && at - first > 1)) return NULL;
    if (at < end && *at == '.' && !(at = digits(at + 1, end))) return NULL;
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-')) at++;
        at = digits(at, end);
    }
    return at;
}

/* The place behind a value; NULL where it is none, or too deep. */
static Place value(Place at, Place end, int depth) {
    int holds = 0;
    if (at == end || depth > DEEPEST) return NULL;
    switch (*at) {
    case '"':
        return (at = string(at + 1, end, &holds)) ? at + 1 : NULL;
    case '{':
    case '[': {
        int named = *at++ == '{';
        unsigned char close = named ? '}' : ']';
        if (at < end && *at == close) return at + 1;
        for (;;) {
            if (named) {
                if (at == end || *at != '"' || !(at = string(at + 1, end, &holds)) || end - at < 2 || at[1] != ':')
                    return NULL;
                at += 2;
            }
            if (!(at = value(at, end, depth + 1)) || at == end) return NULL;
            if (*at == close) return at + 1;
            if (*at++ != ',') return NULL;
        }
    }
    case 't':
        return word(at, end, "true", 4);
    case 'f':
        return word(at, end, "false", 5);
    case 'n':
        return word(at, end, "null", 4);
    default:
        return number(at, end);
    }
}
