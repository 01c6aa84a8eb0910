#include "archive/deflate_join.h"

#include <stdint.h>
#include <string.h>

/* RFC 1951 */
enum {
    MAX_CODE_LENGTH = 15,
    LITERAL_SYMBOLS = 288,
    DISTANCE_SYMBOLS = 32,
    PRECODE_SYMBOLS = 19,
    PRECODE_MAX_LENGTH = 7,
    END_OF_BLOCK = 256
};

/* A table entry holds how many bits a symbol takes with its extra bits, and what comes next. */
enum {
    NEXT_LITERAL = 0x00, /* a literal or a length */
    NEXT_DISTANCE = 0x40,
    NEXT_NOTHING = 0x80, /* the block has ended */
    NEXT_INVALID = 0xc0,
    NEXT_SHIFT = 6,
    BITS_MASK = 0x3f,
    NEXT_MASK = 0xc0
};

/* Nearly all codes are short: those are found in a table that stays in the first-level cache. There
 * an entry can also stand for several literals. */
enum { QUICK_LENGTH = 10, QUICK_SIZE = 1 << QUICK_LENGTH };

typedef struct code_table {
    unsigned length;           /* of the longest code: there are 1 << length entries */
    uint8_t quick[QUICK_SIZE]; /* NEXT_INVALID for what begins a longer code */
    uint8_t entries[1 << MAX_CODE_LENGTH];
} code_table;

typedef struct bit_reader {
    const unsigned char *data;
    size_t size;     /* AR_DEFLATE_JOIN_ROOM more bytes may be read */
    size_t position; /* of the next byte to load */
    uint64_t bits;
    unsigned count;
} bit_reader;

/* At least 56 bits are there afterwards; past the end they are whatever lies there. */
static inline void refill(bit_reader *reader) {
    uint64_t word;
    size_t position = reader->position < reader->size ? reader->position : reader->size;
    memcpy(&word, reader->data + position, sizeof word);
    reader->bits |= word << reader->count;
    reader->position += (63 - reader->count) >> 3;
    reader->count |= 56;
}

/* The codes of a block; the last two have entries of no bits that lead to themselves. */
typedef struct block_codes {
    code_table literals, distances, nothing, invalid;
} block_codes;

static inline void skip(bit_reader *reader, unsigned count) {
    reader->bits >>= count;
    reader->count -= count;
}

static inline unsigned take(bit_reader *reader, unsigned count) {
    unsigned value = (unsigned)(reader->bits & ((1U << count) - 1));
    skip(reader, count);
    return value;
}

static size_t bit_position(const bit_reader *reader) {
    return reader->position * 8 - reader->count;
}

static bool is_past_end(const bit_reader *reader) {
    return bit_position(reader) > reader->size * 8;
}

static unsigned reverse_bits(unsigned code, unsigned length) {
    unsigned reversed = 0;
    for (unsigned i = 0; i < length; i++) {
        reversed = reversed << 1 | (code >> i & 1);
    }
    return reversed;
}

/* For each length, the first code of it in *NEXT, and the longest length that is used. False when
 * there are more codes than there can be. */
static bool first_codes(const uint8_t *lengths, unsigned symbols, unsigned *next,
                        unsigned *longest) {
    unsigned count[MAX_CODE_LENGTH + 1] = {0};
    for (unsigned i = 0; i < symbols; i++) {
        count[lengths[i]]++;
    }
    count[0] = 0;
    *longest = 1;
    for (unsigned length = 1; length <= MAX_CODE_LENGTH; length++) {
        next[length + 1] = (next[length] + count[length]) << 1;
        if (count[length] > 0) {
            *longest = length;
        }
        if (next[length] + count[length] > 1U << length) {
            return false;
        }
    }
    return true;
}

/* Fills TABLE for the canonical code of LENGTHS, with ENTRY(symbol) as each symbol's entry. */
static bool build_table(code_table *table, const uint8_t *lengths, unsigned symbols,
                        uint8_t (*entry)(unsigned symbol, unsigned length)) {
    unsigned next[MAX_CODE_LENGTH + 2] = {0};
    if (!first_codes(lengths, symbols, next, &table->length)) {
        return false;
    }
    size_t size = (size_t)1 << table->length;
    memset(table->entries, NEXT_INVALID, size);
    memset(table->quick, NEXT_INVALID, sizeof table->quick);
    for (unsigned i = 0; i < symbols; i++) {
        unsigned length = lengths[i];
        if (length == 0) {
            continue;
        }
        uint8_t value = entry(i, length);
        unsigned code = reverse_bits(next[length]++, length);
        for (size_t at = code; at < size; at += (size_t)1 << length) {
            table->entries[at] = value;
        }
        for (size_t at = code; length <= QUICK_LENGTH && at < QUICK_SIZE;
             at += (size_t)1 << length) {
            table->quick[at] = value;
        }
    }
    return true;
}

/* Lets quick entries of literals take the literals behind them along. From the end, so that what is
 * behind (a smaller index) still stands for one literal when it is looked at. */
static void join_literals(code_table *table) {
    for (unsigned at = QUICK_SIZE; at-- > 0;) {
        unsigned bits = table->quick[at];
        for (int more = 0; more < 2 && bits < QUICK_LENGTH; more++) {
            unsigned behind = table->quick[at >> bits];
            if ((behind & NEXT_MASK) != NEXT_LITERAL || bits + behind > QUICK_LENGTH) {
                break;
            }
            bits += behind;
        }
        if ((table->quick[at] & NEXT_MASK) == NEXT_LITERAL) {
            table->quick[at] = (uint8_t)bits;
        }
    }
}

static uint8_t literal_entry(unsigned symbol, unsigned length) {
    if (symbol < END_OF_BLOCK) {
        return (uint8_t)(NEXT_LITERAL | length);
    }
    if (symbol == END_OF_BLOCK) {
        return (uint8_t)(NEXT_NOTHING | length);
    }
    unsigned index = symbol - END_OF_BLOCK - 1;
    if (index > 28) {
        return NEXT_INVALID;
    }
    unsigned extra = index < 8 || index == 28 ? 0 : (index - 4) / 4;
    return (uint8_t)(NEXT_DISTANCE | (length + extra));
}

static uint8_t distance_entry(unsigned symbol, unsigned length) {
    if (symbol > 29) {
        return NEXT_INVALID;
    }
    unsigned extra = symbol < 4 ? 0 : (symbol - 2) / 2;
    return (uint8_t)(NEXT_LITERAL | (length + extra));
}

/* Here an entry is the symbol and its length, since the symbol matters. */
static uint8_t precode_entry(unsigned symbol, unsigned length) {
    return (uint8_t)(symbol << 3 | length);
}

/* The code lengths of a dynamic block. */
static bool read_lengths(bit_reader *reader, const code_table *precode, uint8_t *lengths,
                         unsigned wanted) {
    unsigned at = 0;
    while (at < wanted) {
        refill(reader);
        uint8_t entry = precode->entries[reader->bits & ((1U << precode->length) - 1)];
        if (entry == NEXT_INVALID || is_past_end(reader)) {
            return false;
        }
        skip(reader, entry & 7);
        unsigned symbol = entry >> 3;
        uint8_t value = 0;
        unsigned repeat = 1;
        if (symbol < 16) {
            value = (uint8_t)symbol;
        } else if (symbol == 16) {
            if (at == 0) {
                return false;
            }
            value = lengths[at - 1];
            repeat = 3 + take(reader, 2);
        } else {
            repeat = symbol == 17 ? 3 + take(reader, 3) : 11 + take(reader, 7);
        }
        if (repeat > wanted - at) {
            return false;
        }
        memset(lengths + at, value, repeat);
        at += repeat;
    }
    return true;
}

static bool read_dynamic_codes(bit_reader *reader, block_codes *codes) {
    code_table *literals = &codes->literals;
    static const uint8_t order[PRECODE_SYMBOLS] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                   11, 4,  12, 3, 13, 2, 14, 1, 15};
    unsigned literal_count = 257 + take(reader, 5);
    unsigned distance_count = 1 + take(reader, 5);
    unsigned precode_count = 4 + take(reader, 4);
    uint8_t precode_lengths[PRECODE_SYMBOLS] = {0};
    for (unsigned i = 0; i < precode_count; i++) {
        refill(reader);
        precode_lengths[order[i]] = (uint8_t)take(reader, 3);
    }
    uint8_t lengths[LITERAL_SYMBOLS + DISTANCE_SYMBOLS] = {0};
    bool built =
        literal_count <= LITERAL_SYMBOLS &&
        build_table(literals, precode_lengths, PRECODE_SYMBOLS, precode_entry) &&
        read_lengths(reader, literals, lengths, literal_count + distance_count) &&
        build_table(literals, lengths, literal_count, literal_entry) &&
        build_table(&codes->distances, lengths + literal_count, distance_count, distance_entry);
    if (built) {
        join_literals(literals);
    }
    return built;
}

static bool set_fixed_codes(block_codes *codes) {
    uint8_t lengths[LITERAL_SYMBOLS];
    memset(lengths, 8, 144);
    memset(lengths + 144, 9, 112);
    memset(lengths + 256, 7, 24);
    memset(lengths + 280, 8, 8);
    bool built = build_table(&codes->literals, lengths, LITERAL_SYMBOLS, literal_entry);
    memset(lengths, 5, DISTANCE_SYMBOLS);
    return build_table(&codes->distances, lengths, DISTANCE_SYMBOLS, distance_entry) && built;
}

/* The symbol that is next in TABLE: skips it, and returns what comes behind it. */
static inline unsigned skip_symbol(bit_reader *reader, const code_table *table) {
    uint8_t entry = table->quick[reader->bits & (QUICK_SIZE - 1)];
    if (entry == NEXT_INVALID) {
        entry = table->entries[reader->bits & ((1U << table->length) - 1)];
    }
    skip(reader, entry & BITS_MASK);
    return entry >> NEXT_SHIFT;
}

/* Goes over the symbols of a block up to and with its end. Which kind a symbol is cannot be
 * foreseen, so no branch depends on it: a symbol leads to the table of the next, and the end to one
 * that leads nowhere. */
static bool skip_symbols(bit_reader *reader, const block_codes *codes) {
    const code_table *const tables[] = {&codes->literals, &codes->distances, &codes->nothing,
                                        &codes->invalid};
    unsigned next = NEXT_LITERAL >> NEXT_SHIFT;
    /* Loading runs up to 8 bytes ahead of what was taken. */
    while (next < NEXT_NOTHING >> NEXT_SHIFT && reader->position <= reader->size + 8) {
        refill(reader);
        /* A length and a distance take 48 of the 56 bits at the most. */
        next = skip_symbol(reader, tables[next]);
        next = skip_symbol(reader, tables[next]);
    }
    return next == NEXT_NOTHING >> NEXT_SHIFT && !is_past_end(reader);
}

static bool skip_stored(bit_reader *reader) {
    size_t position = (bit_position(reader) + 7) / 8;
    if (position + 4 > reader->size) {
        return false;
    }
    size_t length = reader->data[position] | (size_t)reader->data[position + 1] << 8;
    reader->position = position + 4 + length;
    reader->bits = 0;
    reader->count = 0;
    return reader->position <= reader->size;
}

static bool skip_block(bit_reader *reader, unsigned type, block_codes *codes) {
    switch (type) {
    case 0:
        return skip_stored(reader);
    case 1:
        return set_fixed_codes(codes) && skip_symbols(reader, codes);
    case 2:
        return read_dynamic_codes(reader, codes) && skip_symbols(reader, codes);
    default:
        return false;
    }
}

const unsigned char ar_deflate_end[AR_DEFLATE_END_SIZE] = {0x03, 0x00};

bool ar_deflate_open_end(unsigned char *data, size_t *size) {
    block_codes codes;
    memset(codes.nothing.quick, NEXT_NOTHING, sizeof codes.nothing.quick);
    memset(codes.invalid.quick, NEXT_INVALID, sizeof codes.invalid.quick);
    codes.invalid.length = 0;
    codes.invalid.entries[0] = NEXT_INVALID;
    bit_reader reader = {.data = data, .size = *size};
    memset(data + *size, 0, AR_DEFLATE_JOIN_ROOM);
    size_t header;
    bool last = false;
    do {
        refill(&reader);
        header = bit_position(&reader);
        last = take(&reader, 1) == 1;
        unsigned type = take(&reader, 2);
        if (!skip_block(&reader, type, &codes) || is_past_end(&reader)) {
            return false;
        }
    } while (!last);
    size_t end = bit_position(&reader);
    if ((end + 7) / 8 != *size) {
        return false;
    }
    data[header / 8] &= (unsigned char)~(1U << header % 8);
    /* An empty stored block: three zero bits, zero bits up to the byte, a length of 0. The unused
     * bits of the last byte are zero already. */
    size_t bytes = (end + 3 + 7) / 8;
    data[bytes] = 0x00;
    data[bytes + 1] = 0x00;
    data[bytes + 2] = 0xff;
    data[bytes + 3] = 0xff;
    *size = bytes + 4;
    return true;
}

size_t ar_deflate_store(const unsigned char *data, size_t size, unsigned char *out) {
    unsigned char *start = out;
    while (size > 0) {
        size_t length = size < 65535 ? size : 65535;
        out[0] = 0x00;
        out[1] = (unsigned char)length;
        out[2] = (unsigned char)(length >> 8);
        out[3] = (unsigned char)~length;
        out[4] = (unsigned char)(~length >> 8);
        memcpy(out + 5, data, length);
        out += 5 + length;
        data += length;
        size -= length;
    }
    return (size_t)(out - start);
}
