/* Which symbols the shared library exports. Everything else is hidden. */
#ifndef ARTREPO_EXPORT_H
#define ARTREPO_EXPORT_H

#if defined(__GNUC__)
#define ARTREPO_API __attribute__((visibility("default")))
#define ARTREPO_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define ARTREPO_API
#define ARTREPO_PRINTF(text, first)
#endif

#endif
