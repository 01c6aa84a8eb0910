#include <artrepo/driver.h>

#include <stdlib.h>
#include <string.h>

void artrepo_secret_clear(artrepo_secret *secret) {
    if (secret->data != NULL) {
        explicit_bzero(secret->data, secret->size);
        free(secret->data);
    }
    *secret = (artrepo_secret){NULL, 0};
}
