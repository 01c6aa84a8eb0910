/* What a store must be rid of, or be told, around the transfers themselves: uploads that were begun
 * unheard, the encryption of a new bucket, many objects to remove. */
#include "s3_fixture.h"

#include "base/clock.h"

enum { SIX_MIB = 6 << 20 };

/* ---- uploads whose beginning was not heard ---- */

typedef struct upload_store {
    atomic_int begun, lost; /* so many answers are cut off */
    atomic_int listings, aborts;
    bool completes, encodes;
    int unlisted; /* so many listings come before the store knows of the uploads itself */
    char aborted[4][64];
} upload_store;

/* Of names that XML cannot carry, stores give the encoded ones, whether asked to or not. */
static void say_uploads(scripted_reply *reply, bool encoded) {
    const char *key = encoded ? "%6B" : "k";
    char now[40];
    time_t seconds = (time_t)(ar_clock_wall_ms() / 1000);
    struct tm parts;
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%S.000Z", gmtime_r(&seconds, &parts));
    char body[2000];
    snprintf(body, sizeof body,
             "<ListMultipartUploadsResult>%s"
             "<Upload><Key>%s</Key><UploadId>stray</UploadId><Initiated>%s</Initiated></Upload>"
             "<Upload><Key>%s</Key><UploadId>ours</UploadId><Initiated>%s</Initiated></Upload>"
             "<Upload><Key>%s</Key><UploadId>busy</UploadId><Initiated>%s</Initiated></Upload>"
             "<Upload><Key>k2</Key><UploadId>other</UploadId><Initiated>%s</Initiated></Upload>"
             "<Upload><Key>k</Key><UploadId>old</UploadId>"
             "<Initiated>2020-01-01T00:00:00Z</Initiated></Upload>"
             "</ListMultipartUploadsResult>",
             encoded ? "<EncodingType>url</EncodingType>" : "", key, now, key, now, key, now, now);
    scripted_say(reply, "200 OK", "", body);
}

static void answer_uploads(void *data, const scripted_request *request, scripted_reply *reply) {
    upload_store *s = data;
    if (s3_is(request, "POST /bucket/k?uploads=")) {
        s->begun++;
        reply->reset = atomic_fetch_sub(&s->lost, 1) > 0;
        if (!reply->reset) {
            scripted_say(reply, "200 OK", "",
                         "<InitiateMultipartUploadResult><UploadId>ours</UploadId>"
                         "</InitiateMultipartUploadResult>");
        }
    } else if (s3_is(request, "GET /bucket?prefix=k&uploads=")) {
        if (s->listings++ < s->unlisted) {
            scripted_say(reply, "200 OK", "", "<ListMultipartUploadsResult/>");
        } else {
            say_uploads(reply, s->encodes);
        }
    } else if (s3_is(request, "GET /bucket/k?max-parts=1&uploadId=busy")) {
        scripted_say(reply, "200 OK", "",
                     "<ListPartsResult><Part><PartNumber>1</PartNumber></Part></ListPartsResult>");
    } else if (s3_is(request, "GET /bucket/k?max-parts=1&uploadId=")) {
        scripted_say(reply, "200 OK", "", "<ListPartsResult></ListPartsResult>");
    } else if (s3_is(request, "DELETE")) {
        int turn = s->aborts++;
        const char *id = strstr(request->head, "uploadId=");
        assert_non_null(id);
        snprintf(s->aborted[turn % 4], sizeof s->aborted[0], "%.*s", (int)strcspn(id, " "), id);
        scripted_say(reply, "204 No Content", "", "");
    } else if (s3_is(request, "PUT")) {
        scripted_say(reply, "200 OK", "ETag: \"e\"\r\n", "");
    } else if (s->completes) {
        scripted_say(reply, "200 OK", "",
                     "<CompleteMultipartUploadResult><ETag>e-2</ETag>"
                     "</CompleteMultipartUploadResult>");
    } else {
        scripted_say(reply, "403 Forbidden", "", "<Error><Code>AccessDenied</Code></Error>");
    }
}

static void uploads_begun_unheard_are_aborted(void **state) {
    (void)state;
    upload_store s = {.lost = 1, .completes = true};
    s3_fixture f;
    s3_start(&f, answer_uploads, &s);
    assert_int_equal(s3_put(&f, "k", SIX_MIB), ARTREPO_OK);
    assert_int_equal(s.begun, 2);
    assert_int_equal(s.aborts, 1);
    assert_string_equal(s.aborted[0], "uploadId=stray");
    s3_stop(&f);

    upload_store encoding = {.lost = 1, .completes = true, .encodes = true};
    s3_start(&f, answer_uploads, &encoding);
    assert_int_equal(s3_put(&f, "k", SIX_MIB), ARTREPO_OK);
    assert_int_equal(encoding.aborts, 1);
    assert_string_equal(encoding.aborted[0], "uploadId=stray");
    s3_stop(&f);

    upload_store heard = {.completes = true}; /* nothing was lost: nobody looks */
    s3_start(&f, answer_uploads, &heard);
    assert_int_equal(s3_put(&f, "k", SIX_MIB), ARTREPO_OK);
    assert_int_equal(heard.listings, 0);
    s3_stop(&f);

    upload_store never = {.lost = 100}; /* it never began, as far as we know */
    s3_start(&f, answer_uploads, &never);
    assert_int_equal(s3_put(&f, "k", SIX_MIB), ARTREPO_TRANSIENT);
    assert_int_equal(never.begun, 4);
    assert_int_equal(never.aborts, 2); /* "ours" was not heard of, either */
    s3_stop(&f);

    upload_store refused = {.lost = 1};
    s3_start(&f, answer_uploads, &refused);
    assert_int_equal(s3_put(&f, "k", SIX_MIB), ARTREPO_ACCESS_DENIED);
    assert_int_equal(refused.aborts, 2);
    assert_string_equal(refused.aborted[0], "uploadId=ours");
    assert_string_equal(refused.aborted[1], "uploadId=stray");
    s3_stop(&f);
}

/* A busy store lists what it began a moment ago only later; the end comes right behind the loss. */
static void uploads_listed_late_are_aborted(void **state) {
    (void)state;
    upload_store late = {.lost = 1, .unlisted = 2, .completes = true};
    s3_fixture f;
    s3_start(&f, answer_uploads, &late);
    assert_int_equal(s3_put(&f, "k", SIX_MIB), ARTREPO_OK);
    assert_int_equal(late.listings, 3);
    assert_int_equal(late.aborts, 1);
    assert_string_equal(late.aborted[0], "uploadId=stray");
    s3_stop(&f);
}

/* ---- the bucket's default encryption ---- */

typedef struct bucket_store {
    atomic_bool exists;
    bool there_before; /* somebody else makes it at the same time */
    const char *encryption_status;
    atomic_int encryptions;
    char body[1000];
} bucket_store;

static void answer_bucket(void *data, const scripted_request *request, scripted_reply *reply) {
    bucket_store *s = data;
    if (s3_is(request, "PUT /bucket?encryption=")) {
        s->encryptions++;
        assert_non_null(strstr(request->head, "content-md5: "));
        snprintf(s->body, sizeof s->body, "%.*s", (int)request->body_size, request->body);
        scripted_say(reply, s->encryption_status, "",
                     s->encryption_status[0] == '2'   ? ""
                     : s->encryption_status[0] == '5' ? "<Error><Code>NotImplemented</Code></Error>"
                                                      : "<Error><Code>AccessDenied</Code></Error>");
    } else if (s3_is(request, "PUT /bucket ")) {
        s->exists = true;
        scripted_say(reply, s->there_before ? "409 Conflict" : "200 OK", "",
                     s->there_before ? "<Error><Code>BucketAlreadyOwnedByYou</Code></Error>" : "");
    } else if (!s->exists) {
        scripted_say(reply, "404 Not Found", "", "<Error><Code>NoSuchBucket</Code></Error>");
    } else {
        scripted_say(reply, "200 OK", "ETag: \"e\"\r\n", "");
    }
}

static artrepo_code put_into_new_bucket(bucket_store *s, bool enable, const char *kms_key,
                                        artrepo_error *failure) {
    s3_fixture f;
    s3_start(&f, answer_bucket, s);
    ar_value_put(f.root, "createBucketIfNotPresent", ar_value_new(AR_VALUE_OBJECT, NULL));
    ar_value *options = ar_value_new(AR_VALUE_OBJECT, NULL);
    ar_value_put_string(options, "enableEncryption", enable ? "true" : "false");
    if (kms_key != NULL) {
        ar_value_put_string(options, "kmsKeyId", kms_key);
    }
    ar_value_put(f.root, "encryptionOptions", options);
    artrepo_driver_s3.close(f.state);
    struct artrepo_driver_settings settings = {f.root, "s3", "/nowhere"};
    assert_ok(artrepo_driver_s3.open(&settings, f.operation, &f.state, error));
    artrepo_code code = s3_put(&f, "k", 3);
    *failure = f.failure;
    s3_stop(&f);
    return code;
}

#define RULE_START                                                                                 \
    "<ServerSideEncryptionConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule>"  \
    "<ApplyServerSideEncryptionByDefault>"
#define RULE_END "</ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>"

static void new_buckets_are_encrypted(void **state) {
    (void)state;
    artrepo_error failure;
    bucket_store s = {.encryption_status = "200 OK"};
    assert_int_equal(put_into_new_bucket(&s, true, NULL, &failure), ARTREPO_OK);
    assert_string_equal(s.body, RULE_START "<SSEAlgorithm>AES256</SSEAlgorithm>" RULE_END);
    s = (bucket_store){.encryption_status = "200 OK"};
    assert_int_equal(put_into_new_bucket(&s, true, "key&1", &failure), ARTREPO_OK);
    assert_string_equal(s.body, RULE_START "<KMSMasterKeyID>key&amp;1</KMSMasterKeyID>"
                                           "<SSEAlgorithm>aws:kms</SSEAlgorithm>" RULE_END);
    s = (bucket_store){.encryption_status = "501 Not Implemented"};
    assert_int_equal(put_into_new_bucket(&s, true, NULL, &failure), ARTREPO_OK);
    s = (bucket_store){.encryption_status = "403 Forbidden"};
    assert_int_equal(put_into_new_bucket(&s, true, NULL, &failure), ARTREPO_ACCESS_DENIED);
    assert_non_null(strstr(failure.message, "set the default encryption of bucket 'bucket'"));
    s = (bucket_store){.encryption_status = "200 OK", .there_before = true};
    assert_int_equal(put_into_new_bucket(&s, true, NULL, &failure), ARTREPO_OK);
    assert_int_equal(s.encryptions, 0); /* it is not ours to change */
    s = (bucket_store){.encryption_status = "200 OK"};
    assert_int_equal(put_into_new_bucket(&s, false, NULL, &failure), ARTREPO_OK);
    assert_int_equal(s.encryptions, 0);
}

/* ---- removing ---- */

typedef struct removal_store {
    atomic_int inside, most_inside, keys;
} removal_store;

static void answer_batch(void *data, const scripted_request *request, scripted_reply *reply) {
    removal_store *s = data;
    int inside = ++s->inside;
    int most = s->most_inside;
    while (inside > most && !atomic_compare_exchange_weak(&s->most_inside, &most, inside)) {
    }
    int count = 0;
    for (const char *key = strstr(request->body, "<Key>"); key != NULL;
         key = strstr(key + 1, "<Key>")) {
        count++;
    }
    assert_in_range(count, 1, 1000);
    s->keys += count;
    int64_t end = ar_clock_now_ns() + 5 * AR_SECOND_NS;
    while (s->most_inside < 2 && ar_clock_now_ns() < end) {
        ar_clock_sleep_ns(AR_MILLISECOND_NS);
    }
    s->inside--;
    scripted_say(reply, "200 OK", "", "<DeleteResult></DeleteResult>");
}

static void batches_are_removed_at_once(void **state) {
    (void)state;
    enum { COUNT = 4500 };
    static char names[COUNT][8];
    static const char *keys[COUNT];
    for (int i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof names[i], "k%04d", i);
        keys[i] = names[i];
    }
    removal_store s = {0};
    s3_fixture f;
    s3_start(&f, answer_batch, &s);
    assert_int_equal(artrepo_driver_s3.remove_many(f.state, keys, COUNT, f.operation, &f.failure),
                     ARTREPO_OK);
    assert_int_equal(s.keys, COUNT);
    assert_int_equal(f.server.requests, 5);
    assert_in_range(s.most_inside, 2, 4);
    s3_stop(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uploads_begun_unheard_are_aborted),
        cmocka_unit_test(uploads_listed_late_are_aborted),
        cmocka_unit_test(new_buckets_are_encrypted),
        cmocka_unit_test(batches_are_removed_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
