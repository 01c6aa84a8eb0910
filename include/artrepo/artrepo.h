/* Everything that an application needs. Authors of drivers include <artrepo/driver.h>. */
#ifndef ARTREPO_ARTREPO_H
#define ARTREPO_ARTREPO_H

#include <artrepo/archive.h>
#include <artrepo/artifact.h>
#include <artrepo/error.h>
#include <artrepo/executor.h>
#include <artrepo/explain.h>
#include <artrepo/key.h>
#include <artrepo/operation.h>
#include <artrepo/repository.h>
#include <artrepo/stream.h>
#include <artrepo/template.h>
#include <artrepo/version.h>

#endif
