/* Ten lines against the installed library. */
#include <artrepo/artrepo.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    char *name = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_code code = artrepo_pod_name("wf", "wf", "main", &name, &error);
    printf("%s %s\n", artrepo_version(), code == ARTREPO_OK ? name : error.message);
    return strcmp(artrepo_version(), ARTREPO_VERSION) != 0 || code != ARTREPO_OK;
}
