#include "s3/chain.h"

#include "base/buffer.h"
#include "s3/container_role.h"
#include "s3/environment_source.h"
#include "s3/machine_role.h"
#include "s3/profile_source.h"

static artrepo_code from_environment(const ar_s3_lookup *lookup, ar_s3_credentials *credentials,
                                     artrepo_error *error) {
    (void)lookup;
    return ar_s3_environment_credentials(credentials, error);
}

typedef artrepo_code source(const ar_s3_lookup *lookup, ar_s3_credentials *credentials,
                            artrepo_error *error);

enum { SOURCES = 5 };

/* Each says ARTREPO_NOT_FOUND, and why, when it has nothing to say. */
static source *const by_sdk[SOURCES] = {from_environment, ar_s3_web_identity_credentials,
                                        ar_s3_profile_credentials, ar_s3_container_credentials,
                                        ar_s3_machine_credentials};
/* The machine is asked last all the same: it takes seconds to notice that there is nobody. */
static source *const by_role[SOURCES] = {ar_s3_web_identity_credentials,
                                         ar_s3_container_credentials, from_environment,
                                         ar_s3_profile_credentials, ar_s3_machine_credentials};

artrepo_code ar_s3_chain_credentials(const ar_s3_lookup *lookup, ar_s3_credentials *credentials,
                                     artrepo_error *error) {
    source *const *sources = lookup->roles_first ? by_role : by_sdk;
    ar_buffer tried = AR_BUFFER_INIT;
    artrepo_code code = ARTREPO_NOT_FOUND;
    bool ok = true;
    for (size_t i = 0; ok && i < SOURCES; i++) {
        code = sources[i](lookup, credentials, error);
        if (code == ARTREPO_OK) {
            code = ar_s3_credentials_check(credentials, error);
        }
        if (code != ARTREPO_NOT_FOUND) {
            goto done;
        }
        ok = ar_buffer_printf(&tried, "%s; ", error->message);
    }
    code = ok ? artrepo_error_set(error, ARTREPO_ACCESS_DENIED,
                                  "there are no credentials for s3: accessKeySecret and "
                                  "secretKeySecret are not set; %sset one of them",
                                  tried.data)
              : artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for credentials");
done:
    ar_buffer_free(&tried);
    return code;
}
