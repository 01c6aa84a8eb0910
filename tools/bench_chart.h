/* The charts of the page, as SVG. Colours are classes that the page's style sheet defines. */
#ifndef ARTCTL_BENCH_CHART_H
#define ARTCTL_BENCH_CHART_H

#include <stdbool.h>
#include <stdio.h>

#include "bench_report.h"

/* TEXT with what HTML takes for markup escaped. */
void bench_html_text(FILE *file, const char *text);

/* Whether ROW is of the way into an archive or a store. */
bool bench_is_inward(const bench_row *row);

/* Rows of one data set, next to each other in a report. */
typedef struct bench_rows {
    const bench_row *items;
    size_t count;
} bench_rows;

/* A bar for the MB/s of each row, in groups by strategy. */
void bench_bars_write(FILE *file, const bench_rows *rows);

/* A point for each strategy: how long packing takes, and what is left of the size. */
void bench_scatter_write(FILE *file, const bench_rows *rows);

#endif
