/* Where load, save and stage find their template. */
#ifndef ARTCTL_TEMPLATE_SOURCE_H
#define ARTCTL_TEMPLATE_SOURCE_H

#include <artrepo/template.h>

#include "context.h"

/*
 * The file of --template ("-": standard input), else the text in ARGO_TEMPLATE, else (when that
 * says "offloaded") the file ARGO_TEMPLATE in the directory of --config-dir.
 */
artrepo_code template_source_read(struct context *context, artrepo_template **argo_template);

#endif
