#include "bench_chart.h"

#include <math.h>
#include <string.h>

#include "bench_strategies.h"

enum {
    WIDTH = 600,
    HEIGHT = 380,
    LEFT = 56,
    RIGHT = 584,
    TOP = 14,
    BOTTOM = 324,
    RADIUS = 5,
    LETTER = 7, /* about the width of one */
    LINE = 15   /* height of a label */
};

typedef struct box {
    double x1, y1, x2, y2;
} box;

typedef struct point {
    const bench_row *row;
    double x, y;
    box label;
} point;

typedef struct scatter {
    point points[BENCH_MOST_STRATEGIES];
    size_t count;
    double least_seconds, most_seconds, most_percent;
} scatter;

static double percent_of(const bench_row *row) {
    return row->bytes > 0 ? 100.0 * (double)row->stored_bytes / (double)row->bytes : 0;
}

/* ---- axes ---- */

/* Time is logarithmic: strategies differ by factors. */
static double place_x(const scatter *chart, double seconds) {
    double range = log(chart->most_seconds / chart->least_seconds);
    return LEFT + (RIGHT - LEFT) * log(seconds / chart->least_seconds) / range;
}

static double place_y(const scatter *chart, double percent) {
    return BOTTOM - (BOTTOM - TOP) * percent / chart->most_percent;
}

static void write_time(FILE *file, double seconds) {
    if (seconds < 0.9e-3) {
        fprintf(file, "%g µs", round(seconds * 1e6));
    } else if (seconds < 0.9) {
        fprintf(file, "%g ms", round(seconds * 1e3));
    } else {
        fprintf(file, "%g s", round(seconds));
    }
}

static void write_time_axis(FILE *file, const scatter *chart) {
    static const double steps[] = {1, 2, 5};
    bool wide = chart->most_seconds / chart->least_seconds > 200;
    for (int power = -6; power < 6; power++) {
        for (size_t i = 0; i < (wide ? 1 : 3); i++) {
            double seconds = steps[i] * pow(10, power);
            if (seconds < chart->least_seconds || seconds > chart->most_seconds) {
                continue;
            }
            double x = place_x(chart, seconds);
            fprintf(file, "<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>", x,
                    TOP, x, BOTTOM);
            fprintf(file, "<text class=\"tick\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">", x,
                    BOTTOM + 17);
            write_time(file, seconds);
            fputs("</text>\n", file);
        }
    }
}

static void write_size_axis(FILE *file, const scatter *chart) {
    for (int percent = 0; percent <= chart->most_percent; percent += 25) {
        double y = place_y(chart, percent);
        fprintf(file, "<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>", LEFT, y,
                RIGHT, y);
        fprintf(file, "<text class=\"tick\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%d %%</text>\n",
                LEFT - 7, y + 4, percent);
    }
}

static void write_titles(FILE *file, const scatter *chart) {
    const bench_row *row = chart->points[0].row;
    fprintf(file,
            "<text class=\"tick\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">time to %s, %s, on a "
            "logarithmic axis (left is faster)</text>\n",
            (LEFT + RIGHT) / 2, BOTTOM + 42, row->work, row->medium);
    fprintf(file,
            "<text class=\"tick\" transform=\"translate(12 %d) rotate(-90)\" "
            "text-anchor=\"middle\">stored size (low is small)</text>\n",
            (TOP + BOTTOM) / 2);
}

/* ---- labels, none over another or over a point ---- */

static bool overlap(const box *a, const box *b) {
    return a->x1 < b->x2 && b->x1 < a->x2 && a->y1 < b->y2 && b->y1 < a->y2;
}

static bool is_free(const scatter *chart, size_t placed, const box *label) {
    if (label->x1 < LEFT + 2 || label->x2 > WIDTH || label->y1 < 0 || label->y2 > BOTTOM) {
        return false;
    }
    for (size_t i = 0; i < chart->count; i++) {
        const point *other = &chart->points[i];
        box dot = {other->x - RADIUS, other->y - RADIUS, other->x + RADIUS, other->y + RADIUS};
        if (overlap(label, &dot) || (i < placed && overlap(label, &other->label))) {
            return false;
        }
    }
    return true;
}

static box label_at(const point *at, double dx, double dy) {
    double width = LETTER * (double)strlen(at->row->strategy);
    double middle = at->y + dy;
    double x = dx > 0 ? at->x + dx : dx < 0 ? at->x + dx - width : at->x - width / 2;
    return (box){x, middle - LINE / 2.0, x + width, middle + LINE / 2.0};
}

/* Beside the point, or above or below it as far as it takes. */
static void place_label(scatter *chart, size_t index) {
    point *at = &chart->points[index];
    static const struct {
        double dx, dy;
    } near[] = {{RADIUS + 3, 0}, {-RADIUS - 3, 0}, {0, -LINE}, {0, LINE}};
    for (size_t i = 0; i < sizeof near / sizeof near[0]; i++) {
        at->label = label_at(at, near[i].dx, near[i].dy);
        if (is_free(chart, index, &at->label)) {
            return;
        }
    }
    for (int lines = 2; lines < 20; lines++) {
        for (int direction = -1; direction <= 1; direction += 2) {
            at->label = label_at(at, 0, direction * lines * LINE);
            if (is_free(chart, index, &at->label)) {
                return;
            }
        }
    }
    at->label = label_at(at, RADIUS + 3, 0);
}

static void write_label(FILE *file, const point *at) {
    double x = (at->label.x1 + at->label.x2) / 2, y = (at->label.y1 + at->label.y2) / 2;
    if (fabs(y - at->y) > LINE) {
        double end = y > at->y ? at->label.y1 : at->label.y2;
        fprintf(file, "<line class=\"leader\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
                at->x, at->y, x, end);
    }
    fprintf(file, "<text class=\"label\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">", x, y + 4);
    bench_html_text(file, at->row->strategy);
    fputs("</text>\n", file);
}

/* ---- the chart ---- */

static void collect(scatter *chart, const bench_rows *rows) {
    for (size_t i = 0; i < rows->count && chart->count < BENCH_MOST_STRATEGIES; i++) {
        const bench_row *row = &rows->items[i];
        if (!bench_is_inward(row) || row->strategy[0] == '\0' || row->summary.seconds <= 0 ||
            strcmp(row->medium, rows->items[0].medium) != 0) {
            continue;
        }
        chart->points[chart->count++].row = row;
        chart->least_seconds = fmin(chart->least_seconds, row->summary.seconds);
        chart->most_seconds = fmax(chart->most_seconds, row->summary.seconds);
        chart->most_percent = fmax(chart->most_percent, percent_of(row));
    }
    chart->least_seconds /= 1.4;
    chart->most_seconds *= 1.4;
    chart->most_percent *= 1.12;
}

void bench_scatter_write(FILE *file, const bench_rows *rows) {
    scatter chart = {.least_seconds = HUGE_VAL, .most_percent = 100};
    collect(&chart, rows);
    if (chart.count < 2) {
        return;
    }
    fprintf(file,
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Stored size against time\">\n",
            WIDTH, HEIGHT);
    write_time_axis(file, &chart);
    write_size_axis(file, &chart);
    write_titles(file, &chart);
    for (size_t i = 0; i < chart.count; i++) {
        point *at = &chart.points[i];
        at->x = place_x(&chart, at->row->summary.seconds);
        at->y = place_y(&chart, percent_of(at->row));
    }
    for (size_t i = 0; i < chart.count; i++) {
        place_label(&chart, i);
        write_label(file, &chart.points[i]);
    }
    for (size_t i = 0; i < chart.count; i++) {
        const point *at = &chart.points[i];
        fprintf(file, "<circle class=\"inward\" cx=\"%.1f\" cy=\"%.1f\" r=\"%d\"><title>", at->x,
                at->y, RADIUS);
        bench_html_text(file, at->row->strategy);
        fprintf(file, ": %.3f s, %.1f %% of the size</title></circle>\n", at->row->summary.seconds,
                percent_of(at->row));
    }
    fputs("</svg>\n", file);
}
