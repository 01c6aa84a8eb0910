#include "bench_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <artrepo/version.h>

#include "bench_chart.h"
#include "bench_machine.h"
#include "output.h"

static const char style[] =
    ":root{--paper:#fcfcfb;--ink:#1c1c1a;--faint:#62615c;--grid:#dedcd6;--inward:#2a6fc9;"
    "--outward:#c96a1b}\n"
    "@media (prefers-color-scheme:dark){:root{--paper:#191918;--ink:#efeeea;--faint:#a5a39b;"
    "--grid:#3b3a37;--inward:#69a7f5;--outward:#ef9a52}}\n"
    ":root{color-scheme:light dark}\n"
    "body{margin:0 auto;padding:1.5rem;max-width:82rem;background:var(--paper);color:var(--ink);"
    "font:16px/1.5 system-ui,sans-serif}\n"
    "h1{font-size:1.6rem;margin:0 0 .5rem}h2{font-size:1.2rem;margin:2.5rem 0 .5rem}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;font-size:.9rem}"
    "dt{color:var(--faint)}dd{margin:0;overflow-wrap:anywhere}\n"
    ".charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr));"
    "gap:1.5rem;align-items:start}\n"
    "figure{margin:0;max-width:46rem}figcaption{font-weight:600}svg{width:100%;height:auto;"
    "display:block}\n"
    ".key{font-size:.9rem;color:var(--faint)}.key svg{display:inline-block;width:.8rem;"
    "height:.8rem;margin:0 .3rem 0 1rem}\n"
    ".inward{fill:var(--inward)}.outward{fill:var(--outward)}.paler{fill-opacity:.55}\n"
    ".grid{stroke:var(--grid)}.leader{stroke:var(--faint)}.spread{stroke:var(--ink);"
    "stroke-width:1.5}\n"
    "svg text{font:12px system-ui,sans-serif;fill:var(--ink)}svg .tick{fill:var(--faint)}\n"
    ".scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.85rem;"
    "font-variant-numeric:tabular-nums}\n"
    "th,td{padding:.2rem .6rem;border-bottom:1px solid var(--grid);text-align:right;"
    "white-space:nowrap}th{color:var(--faint);font-weight:600}.text{text-align:left}\n";

void bench_html_text(FILE *file, const char *text) {
    json_t *json = output_text(text); /* repairs what is no UTF-8 */
    for (const char *letter = json_string_value(json); letter != NULL && *letter != '\0';
         letter++) {
        switch (*letter) {
        case '&':
            fputs("&amp;", file);
            break;
        case '<':
            fputs("&lt;", file);
            break;
        case '>':
            fputs("&gt;", file);
            break;
        case '"':
            fputs("&quot;", file);
            break;
        default:
            fputc((unsigned char)*letter < 0x20 || *letter == 0x7f ? '?' : *letter, file);
        }
    }
    json_decref(json);
}

bool bench_is_inward(const bench_row *row) {
    return strcmp(row->work, "pack") == 0 || strcmp(row->work, "put") == 0;
}

/* ---- facts ---- */

static void write_fact(FILE *file, const char *name, const char *value) {
    if (value[0] != '\0') {
        fprintf(file, "<dt>%s</dt><dd>", name);
        bench_html_text(file, value);
        fputs("</dd>\n", file);
    }
}

static void write_facts(FILE *file, const bench_report *report, const char *scratch) {
    bench_machine machine;
    char text[120];
    bench_machine_look(&machine, scratch);
    fputs("<dl>\n", file);
    write_fact(file, "Command", machine.command);
    write_fact(file, "Date", machine.date);
    write_fact(file, "Version", artrepo_version());
    write_fact(file, "System", machine.system);
    write_fact(file, "Processors", machine.processor);
    write_fact(file, "Memory", machine.memory);
    write_fact(file, "Scratch files on", machine.file_system);
    snprintf(text, sizeof text, "%u threads, %u transfers at once", report->threads,
             report->transfers);
    write_fact(file, "Limits", text);
    snprintf(text, sizeof text, "median of %u, after %u to warm up; thin lines: least to most",
             report->runs, report->warmup);
    write_fact(file, "Runs", text);
    write_fact(file, "Units", "MB: 10^6 bytes, MiB: 2^20 bytes; rates are of uncompressed data");
    fputs("</dl>\n", file);
}

/* ---- charts ---- */

static bool has_medium(const bench_rows *rows, const char *medium) {
    for (size_t i = 0; i < rows->count; i++) {
        if (strcmp(rows->items[i].medium, medium) == 0) {
            return true;
        }
    }
    return false;
}

static void write_key_item(FILE *file, const char *class, const char *name) {
    fprintf(file,
            "<svg viewBox=\"0 0 10 10\"><rect class=\"%s\" width=\"10\" height=\"10\"/></svg>%s\n",
            class, name);
}

static void write_key(FILE *file, const bench_rows *rows) {
    bool archive = strcmp(rows->items[0].benchmark, "archive") == 0;
    bool both = has_medium(rows, "memory") && has_medium(rows, "file");
    fputs("<div class=\"key\">", file);
    if (!both) {
        bool paler = archive && has_medium(rows, "file");
        write_key_item(file, paler ? "inward paler" : "inward", archive ? "pack" : "put");
        write_key_item(file, paler ? "outward paler" : "outward", archive ? "unpack" : "get");
    } else {
        write_key_item(file, "inward", "pack, memory");
        write_key_item(file, "outward", "unpack, memory");
        write_key_item(file, "inward paler", "pack, file");
        write_key_item(file, "outward paler", "unpack, file");
    }
    fputs("</div>\n", file);
}

static void write_charts(FILE *file, const bench_rows *rows) {
    const bench_row *first = &rows->items[0];
    fputs("<section>\n<h2>", file);
    bench_html_text(file, first->data);
    fprintf(file, ": %.2f MB in %lld %s%s</h2>\n<div class=\"charts\">\n",
            (double)first->bytes / 1e6, (long long)first->files,
            bench_row_is_of_objects(first) ? "object" : "file", first->files == 1 ? "" : "s");
    if (!bench_row_is_of_objects(first)) {
        fputs("<figure><figcaption>Size and time</figcaption>\n", file);
        bench_scatter_write(file, rows);
        fputs("</figure>\n", file);
    }
    fputs("<figure><figcaption>Throughput</figcaption>\n", file);
    write_key(file, rows);
    bench_bars_write(file, rows);
    fputs("</figure>\n</div>\n</section>\n", file);
}

static void write_all_charts(FILE *file, const bench_report *report) {
    for (size_t from = 0; from < report->count;) {
        const char *data = report->rows[from].data;
        bench_rows rows = {&report->rows[from], 0};
        while (from < report->count && strcmp(report->rows[from].data, data) == 0) {
            rows.count++;
            from++;
        }
        write_charts(file, &rows);
    }
}

/* ---- table ---- */

static void write_text_cell(FILE *file, const char *text) {
    fputs("<td class=\"text\">", file);
    bench_html_text(file, text);
    fputs("</td>", file);
}

static void write_table_row(FILE *file, const bench_row *row) {
    const bench_summary *summary = &row->summary;
    fputs("<tr>", file);
    write_text_cell(file, row->data);
    write_text_cell(file, bench_row_is_of_objects(row) ? "-" : row->strategy);
    write_text_cell(file, row->work);
    write_text_cell(file, row->medium);
    fprintf(file, "<td>%.2f</td>", (double)row->bytes / 1e6);
    if (bench_row_is_of_objects(row)) {
        fprintf(file, "<td>%lld</td><td>%.1f</td>", (long long)row->files,
                bench_row_file_rate(row));
    } else {
        fprintf(file, "<td>%.2f</td><td>%.2f</td>", (double)row->stored_bytes / 1e6,
                bench_row_ratio(row));
    }
    fprintf(file, "<td>%.3f</td><td>%.3f–%.3f</td><td>%.1f</td><td>%.3f</td><td>%.1f</td></tr>\n",
            summary->seconds, summary->least_seconds, summary->most_seconds, bench_row_rate(row),
            summary->cpu_seconds, (double)summary->most_peak_bytes / (1 << 20));
}

static void write_table(FILE *file, const bench_report *report) {
    bool of_process = report->count > 0 && report->rows[0].summary.peak_is_of_process;
    bool objects = report->count > 0 && bench_row_is_of_objects(&report->rows[0]);
    fprintf(file,
            "<section>\n<h2>All results</h2>\n<div class=\"scroll\"><table>\n<thead><tr>"
            "<th class=\"text\">Data</th><th class=\"text\">Archive</th><th class=\"text\">Work"
            "</th><th class=\"text\">Medium</th><th>MB</th>%s"
            "<th>Seconds</th><th>Least–most</th><th>MB/s</th><th>CPU s</th><th>Peak MiB%s</th>"
            "</tr></thead>\n<tbody>\n",
            objects ? "<th>Objects</th><th>Objects/s</th>" : "<th>Stored MB</th><th>Ratio</th>",
            of_process ? " (process)" : "");
    for (size_t i = 0; i < report->count; i++) {
        write_table_row(file, &report->rows[i]);
    }
    fputs("</tbody></table></div>\n</section>\n", file);
}

/* ---- the page ---- */

static void write_page(FILE *file, const bench_report *report, const char *scratch) {
    const char *benchmark = report->count > 0 ? report->rows[0].benchmark : "";
    fprintf(file,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
            "<title>artctl bench %s</title>\n<style>\n%s</style>\n</head>\n<body>\n"
            "<h1>artctl bench %s</h1>\n",
            benchmark, style, benchmark);
    write_facts(file, report, scratch);
    write_all_charts(file, report);
    write_table(file, report);
    fputs("</body>\n</html>\n", file);
}

artrepo_code bench_page_write(const bench_report *report, const char *scratch, artrepo_sink *sink,
                              artrepo_error *error) {
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the page");
    }
    write_page(file, report, scratch);
    bool failed = ferror(file) != 0;
    failed |= fclose(file) != 0;
    artrepo_code code = failed
                            ? artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the page")
                            : artrepo_sink_write(sink, text, size, error);
    if (code == ARTREPO_OK) {
        code = artrepo_sink_commit(sink, error);
    }
    free(text);
    return code;
}
