/* A shared object without the symbol that drivers have. */
#include <artrepo/export.h>

ARTREPO_API int artrepo_not_a_driver(void);

int artrepo_not_a_driver(void) {
    return 42;
}
