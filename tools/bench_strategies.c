#include "bench_strategies.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool has(const bench_strategies *strategies, const char *name) {
    for (size_t i = 0; i < strategies->count; i++) {
        if (strcmp(strategies->items[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static artrepo_code add(bench_strategies *strategies, const char *text, size_t length,
                        artrepo_error *error) {
    bench_strategy *item = &strategies->items[strategies->count];
    if (strategies->count == BENCH_MOST_STRATEGIES) {
        return artrepo_error_set(error, ARTREPO_INVALID, "more than %d strategies",
                                 BENCH_MOST_STRATEGIES);
    }
    if (length >= sizeof item->name) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "archive strategy '%.*s': it must be tar, none, zip or zstd, tar "
                                 "and zstd with an optional :LEVEL",
                                 (int)(length < 100 ? length : 100), text);
    }
    snprintf(item->name, sizeof item->name, "%.*s", (int)length, text);
    artrepo_code code = artrepo_archive_strategy_parse(item->name, &item->strategy, error);
    if (code == ARTREPO_OK && has(strategies, item->name)) {
        code = artrepo_error_set(error, ARTREPO_INVALID, "archive strategy '%s' is there twice",
                                 item->name);
    }
    strategies->count += code == ARTREPO_OK;
    return code;
}

artrepo_code bench_strategies_parse(const char *text, bench_strategies *strategies,
                                    artrepo_error *error) {
    artrepo_code code = ARTREPO_OK;
    bool more = true;
    strategies->count = 0;
    while (code == ARTREPO_OK && more) {
        size_t length = strcspn(text, ",");
        code = add(strategies, text, length, error);
        more = text[length] == ',';
        text += length + more;
    }
    return code;
}
