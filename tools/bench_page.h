/* A page with the results of a benchmark: one file of HTML that needs no other. */
#ifndef ARTCTL_BENCH_PAGE_H
#define ARTCTL_BENCH_PAGE_H

#include <artrepo/error.h>
#include <artrepo/stream.h>

#include "bench_report.h"

/* Writes the page into SINK and commits it. SCRATCH is the scratch directory, or NULL. */
artrepo_code bench_page_write(const bench_report *report, const char *scratch, artrepo_sink *sink,
                              artrepo_error *error);

#endif
