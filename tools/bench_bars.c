#include "bench_chart.h"

#include <math.h>
#include <string.h>

enum {
    WIDTH = 600,
    LEFT = 74, /* where bars begin */
    LONGEST_BAR = 420,
    BAR = 13,   /* height */
    PITCH = 16, /* from one bar to the next */
    GROUP_GAP = 10,
    TOP = 8,
    AXIS = 40 /* height of what is below the bars */
};

/* From zero in steps; or, when rates differ so much that the short bars could not be told apart,
 * logarithmic from a power of ten. */
typedef struct scale {
    bool logarithmic;
    double least, most, step; /* MB/s */
} scale;

#define MOST_LINEAR_FACTOR 40.0

static double rate_at(const bench_row *row, double seconds) {
    return seconds > 0 ? (double)row->bytes / 1e6 / seconds : 0;
}

/* The step of 1, 2 or 5 times a power of ten that makes about five of VALUE. */
static double nice_step(double value) {
    double power = pow(10, floor(log10(value / 5))), part = value / 5 / power;
    return power * (part > 5 ? 10 : part > 2 ? 5 : part > 1 ? 2 : 1);
}

static scale find_scale(const bench_rows *rows) {
    double least = HUGE_VAL, most = 1e-3;
    for (size_t i = 0; i < rows->count; i++) {
        const bench_summary *summary = &rows->items[i].summary;
        most = fmax(most, rate_at(&rows->items[i], summary->least_seconds));
        least = fmin(least, fmax(1e-3, rate_at(&rows->items[i], summary->most_seconds)));
    }
    if (most / least > MOST_LINEAR_FACTOR) {
        return (scale){true, pow(10, floor(log10(least))), most, 0};
    }
    double step = nice_step(most);
    return (scale){false, 0, step * ceil(most / step), step};
}

static bool begins_group(const bench_rows *rows, size_t index) {
    return index == 0 || strcmp(rows->items[index].strategy, rows->items[index - 1].strategy) != 0;
}

static int height_of(const bench_rows *rows) {
    int height = TOP;
    for (size_t i = 0; i < rows->count; i++) {
        height += PITCH + (i > 0 && begins_group(rows, i) ? GROUP_GAP : 0);
    }
    return height;
}

static double place(const scale *axis, double rate) {
    if (axis->logarithmic) {
        double range = log(axis->most / axis->least);
        return LEFT + LONGEST_BAR * fmax(0, log(rate / axis->least)) / range;
    }
    return LEFT + LONGEST_BAR * rate / axis->most;
}

static void write_tick(FILE *file, const scale *axis, double rate, int bottom) {
    double x = place(axis, rate);
    fprintf(file, "<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>", x, TOP, x,
            bottom);
    fprintf(file, "<text class=\"tick\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%g</text>\n", x,
            bottom + 15, rate);
}

static void write_axis(FILE *file, const scale *axis, int bottom) {
    int ticks = axis->logarithmic ? (int)floor(log10(axis->most / axis->least))
                                  : (int)round(axis->most / axis->step);
    for (int i = 0; i <= ticks; i++) {
        write_tick(file, axis, axis->logarithmic ? axis->least * pow(10, i) : i * axis->step,
                   bottom);
    }
    fprintf(file,
            "<text class=\"tick\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">MB/s%s (right is "
            "faster)</text>\n",
            LEFT + LONGEST_BAR / 2, bottom + 32, axis->logarithmic ? " on a logarithmic axis" : "");
}

static void write_bar(FILE *file, const scale *axis, const bench_row *row, int top) {
    const bench_summary *summary = &row->summary;
    double end = place(axis, bench_row_rate(row));
    double low = place(axis, rate_at(row, summary->most_seconds));
    double high = place(axis, rate_at(row, summary->least_seconds));
    double middle = top + BAR / 2.0;
    bool paler = strcmp(row->medium, "file") == 0;
    fprintf(file, "<rect class=\"%s%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\"><title>",
            bench_is_inward(row) ? "inward" : "outward", paler ? " paler" : "", LEFT, top,
            fmax(end - LEFT, 0.5), BAR);
    bench_html_text(file, row->strategy);
    fprintf(file, " %s, %s: %.1f MB/s</title></rect>", row->work, row->medium, bench_row_rate(row));
    fprintf(file, "<line class=\"spread\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>", low,
            middle, high, middle);
    fprintf(file, "<text class=\"value\" x=\"%.1f\" y=\"%d\">%.*f</text>\n", fmax(high, end) + 5,
            top + BAR - 3, bench_row_rate(row) < 10 ? 1 : 0, bench_row_rate(row));
}

void bench_bars_write(FILE *file, const bench_rows *rows) {
    scale axis = find_scale(rows);
    int bottom = height_of(rows), top = TOP;
    fprintf(file,
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Throughput in megabytes a "
            "second\">\n",
            WIDTH, bottom + AXIS);
    write_axis(file, &axis, bottom);
    for (size_t i = 0; i < rows->count; i++) {
        const bench_row *row = &rows->items[i];
        if (begins_group(rows, i)) {
            top += i > 0 ? GROUP_GAP : 0;
            fprintf(file, "<text class=\"label\" x=\"%d\" y=\"%d\" text-anchor=\"end\">", LEFT - 8,
                    top + BAR - 2);
            bench_html_text(file, row->strategy[0] != '\0' ? row->strategy : row->data);
            fputs("</text>\n", file);
        }
        write_bar(file, &axis, row, top);
        top += PITCH;
    }
    fputs("</svg>\n", file);
}
