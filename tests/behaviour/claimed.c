/* What a driver does not claim to be able to do is refused in one clear line. */
#include "listing.h"

#include <stdio.h>
#include <string.h>

static const char *driver_name(const suite *s) {
    return s->driver->name;
}

static void claims(void **state) {
    const suite *s = *state;
    assert_int_equal(artrepo_repository_capabilities(s->repository), s->driver->capabilities);
    assert_int_equal(s->driver->abi, ARTREPO_DRIVER_ABI);
    assert_string_not_equal(driver_name(s), "");
    /* Something has to be there to be read. */
    assert_true(suite_can(s, ARTREPO_CAN_PUT) || s->facts->has_given);
}

static void not_claimed(void **state) {
    const suite *s = *state;
    const char *key = s->facts->has_given ? s->facts->given_key : key_of(s, "not-claimed");
    content_source source = content_source_of((content){950, 10});
    content_sink sink = content_sink_of(950, 0);
    listing list = {.keys = NULL};
    if (!suite_can(s, ARTREPO_CAN_PUT)) {
        assert_fails(ARTREPO_UNSUPPORTED, driver_name(s),
                     do_put(s, key, &source.base, NULL, NULL, s->operation, error));
        assert_int_equal(source.position, 0);
    }
    if (!suite_can(s, ARTREPO_CAN_RANGE)) {
        assert_fails(
            ARTREPO_UNSUPPORTED, driver_name(s),
            do_get(s, key, (artrepo_range){1, 2, NULL}, &sink.base, NULL, s->operation, error));
        assert_int_equal(sink.taken, 0);
    }
    if (!suite_can(s, ARTREPO_CAN_LIST)) {
        assert_fails(ARTREPO_UNSUPPORTED, driver_name(s),
                     list_keys(s, key, &list, s->operation, error));
        assert_int_equal(list.count, 0);
    }
    if (!suite_can(s, ARTREPO_CAN_REMOVE)) {
        assert_fails(ARTREPO_UNSUPPORTED, driver_name(s), do_remove(s, key, s->operation, error));
    }
    if (!suite_can(s, ARTREPO_CAN_REMOVE | ARTREPO_CAN_LIST)) {
        assert_fails(ARTREPO_UNSUPPORTED, driver_name(s),
                     do_remove(s, key_of(s, "x/"), s->operation, error));
    }
}

static void artifacts_not_claimed(void **state) {
    const suite *s = *state;
    char path[512];
    snprintf(path, sizeof path, "%s/secrets", s->scratch);
    artrepo_artifact *artifact = NULL;
    assert_ok(artrepo_artifact_new("not-claimed", NULL, &artifact, error));
    if (!suite_can(s, ARTREPO_CAN_PUT)) {
        assert_fails(
            ARTREPO_UNSUPPORTED, driver_name(s),
            artrepo_artifact_save(s->repository, "key", artifact, path, NULL, s->operation, error));
    }
    if (!suite_can(s, ARTREPO_CAN_LIST)) {
        bool is_directory = true;
        artrepo_code code = artrepo_repository_is_directory(s->repository, key_of(s, "not-claimed"),
                                                            &is_directory, s->operation, NULL);
        assert_false(code == ARTREPO_OK && is_directory);
    }
    artrepo_artifact_free(artifact);
}

const suite_case claimed_cases[] = {
    {"claims", claims, 0, REPOSITORY},
    {"what is not claimed", not_claimed, 0, REPOSITORY},
    {"artifacts by what is not claimed", artifacts_not_claimed, 0, REPOSITORY},
    {NULL, NULL, 0, 0},
};
