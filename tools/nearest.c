#include "nearest.h"

#include <stdint.h>
#include <string.h>

#define LONGEST_NAME 40

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Letters to add, drop, change or swap. */
static size_t distance(const char *a, const char *b) {
    size_t rows[3][LONGEST_NAME + 1];
    size_t length_a = strlen(a), length_b = strlen(b);
    if (length_a > LONGEST_NAME || length_b > LONGEST_NAME) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= length_b; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= length_a; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3], *second = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= length_b; j++) {
            row[j] =
                smaller(smaller(row[j - 1], above[j]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = smaller(row[j], second[j - 2] + 1);
            }
        }
    }
    return rows[length_a % 3][length_b];
}

const char *nearest_name(const char *word, const char *const *names, size_t count) {
    const char *nearest = NULL;
    size_t best = smaller(strlen(word), 9) / 3 + 2;
    for (size_t i = 0; i < count; i++) {
        size_t there = distance(word, names[i]);
        if (there < best && there < strlen(names[i])) {
            best = there;
            nearest = names[i];
        }
    }
    return nearest;
}
