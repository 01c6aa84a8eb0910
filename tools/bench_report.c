#include "bench_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"

double bench_row_rate(const bench_row *row) {
    double seconds = row->summary.seconds;
    return seconds > 0 ? (double)row->bytes / 1e6 / seconds : 0;
}

double bench_row_ratio(const bench_row *row) {
    return row->stored_bytes > 0 ? (double)row->bytes / (double)row->stored_bytes : 0;
}

double bench_row_file_rate(const bench_row *row) {
    double seconds = row->summary.seconds;
    return seconds > 0 ? (double)row->files / seconds : 0;
}

bool bench_row_is_of_objects(const bench_row *row) {
    return row->strategy[0] == '\0';
}

/* ---- rows ---- */

static const char **texts_of(bench_row *row, size_t index) {
    const char **texts[] = {&row->benchmark, &row->data, &row->strategy, &row->work, &row->medium};
    return index < sizeof texts / sizeof texts[0] ? texts[index] : NULL;
}

static void clear_row(bench_row *row) {
    for (size_t i = 0; texts_of(row, i) != NULL; i++) {
        free((char *)*texts_of(row, i));
    }
}

static artrepo_code copy_row(bench_row *copy, const bench_row *row, artrepo_error *error) {
    artrepo_code code = ARTREPO_OK;
    *copy = *row;
    for (size_t i = 0; texts_of(copy, i) != NULL; i++) {
        const char **text = texts_of(copy, i);
        *text = strdup(*text);
        if (*text == NULL) {
            code = artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the results");
        }
    }
    if (code != ARTREPO_OK) {
        clear_row(copy);
    }
    return code;
}

static artrepo_code keep(bench_report *report, const bench_row *row, artrepo_error *error) {
    bench_row *rows = reallocarray(report->rows, report->count + 1, sizeof *rows);
    if (rows == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the results");
    }
    report->rows = rows;
    artrepo_code code = copy_row(&rows[report->count], row, error);
    report->count += code == ARTREPO_OK;
    return code;
}

void bench_report_clear(bench_report *report) {
    for (size_t i = 0; i < report->count; i++) {
        clear_row(&report->rows[i]);
    }
    free(report->rows);
    report->rows = NULL;
    report->count = 0;
}

/* ---- JSON ---- */

static json_t *seconds_json(const bench_summary *summary) {
    json_t *json = json_object();
    json_object_set_new(json, "median", json_real(summary->seconds));
    json_object_set_new(json, "least", json_real(summary->least_seconds));
    json_object_set_new(json, "most", json_real(summary->most_seconds));
    return json;
}

static json_t *row_json(const bench_report *report, const bench_row *row) {
    const bench_summary *summary = &row->summary;
    json_t *json = json_object();
    json_object_set_new(json, "benchmark", output_text(row->benchmark));
    json_object_set_new(json, "data", output_text(row->data));
    if (!bench_row_is_of_objects(row)) {
        json_object_set_new(json, "strategy", output_text(row->strategy));
    }
    json_object_set_new(json, "work", output_text(row->work));
    json_object_set_new(json, "medium", output_text(row->medium));
    json_object_set_new(json, "bytes", json_integer(row->bytes));
    json_object_set_new(json, "storedBytes", json_integer(row->stored_bytes));
    json_object_set_new(json, "files", json_integer(row->files));
    json_object_set_new(json, "ratio", json_real(bench_row_ratio(row)));
    json_object_set_new(json, "seconds", seconds_json(summary));
    json_object_set_new(json, "megabytesPerSecond", json_real(bench_row_rate(row)));
    json_object_set_new(json, "filesPerSecond", json_real(bench_row_file_rate(row)));
    json_object_set_new(json, "cpuSeconds", json_real(summary->cpu_seconds));
    json_object_set_new(json, "peakMemoryBytes", json_integer(summary->most_peak_bytes));
    json_object_set_new(json, "peakMemoryOf",
                        json_string(summary->peak_is_of_process ? "process" : "run"));
    json_object_set_new(json, "threads", json_integer(report->threads));
    json_object_set_new(json, "transfers", json_integer(report->transfers));
    json_object_set_new(json, "runs", json_integer(report->runs));
    json_object_set_new(json, "warmup", json_integer(report->warmup));
    return json;
}

/* ---- table ---- */

/* The name of a path may be long: its end is what tells it apart. */
static const char *tail_of(const char *text, size_t width) {
    size_t length = strlen(text);
    return length > width ? text + length - width : text;
}

static artrepo_code print_header(const bench_row *row, artrepo_error *error) {
    char line[160];
    bool objects = bench_row_is_of_objects(row);
    snprintf(line, sizeof line, "%-14s %-8s %-6s %-6s %9s %9s %9s %8s %17s %8s %8s %8s", "data",
             "archive", "work", "medium", "MB", objects ? "objects" : "stored MB",
             objects ? "objects/s" : "ratio", "seconds", "least-most", "MB/s", "CPU s", "peak MiB");
    return output_line(line, error);
}

static artrepo_code print_row(const bench_row *row, artrepo_error *error) {
    char line[400], spread[40], amount[48];
    const bench_summary *summary = &row->summary;
    if (bench_row_is_of_objects(row)) {
        snprintf(amount, sizeof amount, "%9lld %9.1f", (long long)row->files,
                 bench_row_file_rate(row));
    } else {
        snprintf(amount, sizeof amount, "%9.2f %9.2f", (double)row->stored_bytes / 1e6,
                 bench_row_ratio(row));
    }
    snprintf(spread, sizeof spread, "%.3f-%.3f", summary->least_seconds, summary->most_seconds);
    snprintf(line, sizeof line, "%-14s %-8s %-6s %-6s %9.2f %s %8.3f %17s %8.1f %8.3f %8.1f",
             tail_of(row->data, 14), bench_row_is_of_objects(row) ? "-" : row->strategy, row->work,
             row->medium, (double)row->bytes / 1e6, amount, summary->seconds, spread,
             bench_row_rate(row), summary->cpu_seconds,
             (double)summary->most_peak_bytes / (1 << 20));
    return output_line(line, error);
}

artrepo_code bench_report_add(bench_report *report, struct context *context, const bench_row *row) {
    artrepo_error *error = &context->error;
    artrepo_code code = keep(report, row, error);
    /* The progress line and the table may be on one terminal. */
    progress_pause(&context->progress);
    if (code == ARTREPO_OK && context->options.json) {
        code = output_json(row_json(report, row), error);
    } else if (code == ARTREPO_OK) {
        code = report->count == 1 ? print_header(row, error) : ARTREPO_OK;
        code = code == ARTREPO_OK ? print_row(row, error) : code;
    }
    if (code == ARTREPO_OK) {
        code = output_finish(error);
    }
    progress_resume(&context->progress);
    return code;
}

artrepo_code bench_report_finish(const bench_report *report, struct context *context) {
    char line[320];
    if (context->options.json || report->count == 0) {
        return ARTREPO_OK;
    }
    bool of_process = report->rows[0].summary.peak_is_of_process;
    snprintf(line, sizeof line,
             "Median of %u run%s after %u to warm up; %u thread%s, %u transfers. MB is 10^6 bytes, "
             "MB/s of\nuncompressed data. Peak memory is of %s.",
             report->runs, report->runs == 1 ? "" : "s", report->warmup, report->threads,
             report->threads == 1 ? "" : "s", report->transfers,
             of_process ? "the whole process, since the system cannot reset it"
                        : "the run that took most");
    return printf("\n%s\n", line) < 0
               ? artrepo_error_set(&context->error, ARTREPO_IO, "cannot write to standard output")
               : ARTREPO_OK;
}
