/* A secret key is in no writable memory of the process once the repository is closed: neither on
 * the heap, freed or not, nor on a stack. While it is open the key is there, or else the search
 * would be of no use. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <artrepo/artrepo.h>

enum { SKIPPED = 77, BLOCK = 1 << 20, MASK = 0x5a };

/* The key, masked, so that the test itself does not hold it. */
static unsigned char masked[256];
static size_t masked_size;
static unsigned char block[BLOCK + sizeof masked];

static void check(bool condition, const char *what) {
    if (!condition) {
        fprintf(stderr, "FAILED: %s\n", what);
        exit(1);
    }
}

/* ---- the search ---- */

static size_t count_in(const unsigned char *data, size_t size) {
    size_t count = 0;
    for (size_t i = 0; i + masked_size <= size; i++) {
        size_t same = 0;
        while (same < masked_size && (data[i + same] ^ MASK) == masked[same]) {
            same++;
        }
        count += same == masked_size;
    }
    return count;
}

static size_t count_in_range(int memory, uintptr_t start, uintptr_t end) {
    uintptr_t own = (uintptr_t)block;
    size_t count = 0;
    while (start < end) {
        size_t wanted = end - start < sizeof block ? end - start : sizeof block;
        ssize_t got = pread(memory, block, wanted, (off_t)start);
        if (got <= 0) {
            break;
        }
        if (start + (size_t)got <= own || start >= own + sizeof block) {
            count += count_in(block, (size_t)got);
        }
        start += (size_t)got > BLOCK ? BLOCK : (size_t)got;
    }
    return count;
}

static size_t count_in_memory(void) {
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    FILE *maps = fopen("/proc/self/maps", "r");
    check(memory >= 0 && maps != NULL, "/proc/self/mem can be read");
    size_t count = 0;
    char line[512];
    while (fgets(line, sizeof line, maps) != NULL) {
        uintptr_t start = 0, end = 0;
        char rights[8];
        if (sscanf(line, "%lx-%lx %7s", &start, &end, rights) == 3 && rights[0] == 'r' &&
            rights[1] == 'w' && end - start < (uintptr_t)1 << 32) {
            count += count_in_range(memory, start, end);
        }
    }
    fclose(maps);
    close(memory);
    memset(block, 0, sizeof block);
    return count;
}

/* ---- the secret ---- */

static char directory[64];

/* Into a file, and out of the environment. */
static void move_to_file(const char *variable, const char *name, bool is_needle) {
    char *value = getenv(variable);
    if (value == NULL || value[0] == '\0') {
        fprintf(stderr, "skipped: %s is not set (tests/servers/versitygw.sh starts a server)\n",
                variable);
        exit(SKIPPED);
    }
    size_t size = strlen(value);
    char path[128];
    snprintf(path, sizeof path, "%s/s/%s", directory, name);
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    check(file >= 0 && write(file, value, size) == (ssize_t)size && close(file) == 0, "a secret");
    if (is_needle) {
        check(size >= 16 && size <= sizeof masked, "the key can be searched for");
        for (size_t i = 0; i < size; i++) {
            masked[i] = (unsigned char)value[i] ^ MASK;
        }
        masked_size = size;
        for (char **other = environ; *other != NULL; other++) { /* servers may have the same key */
            char *at = strstr(*other, value);
            if (at != NULL && at != value) {
                explicit_bzero(at, size);
            }
        }
        explicit_bzero(value, size);
    }
}

static void forget_files(void) {
    static const char *const names[] = {"s/access", "s/secret", "s", ""};
    for (size_t i = 0; i < 4; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        remove(path);
    }
}

/* ---- what is done with it ---- */

static void use(const char *endpoint, bool works) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_configuration *configuration = NULL;
    artrepo_repository *repository = NULL;
    artrepo_operation *operation = artrepo_operation_new();
    artrepo_operation_set_retry(operation, &(artrepo_retry_policy){.steps = 1});
    char text[1024];
    snprintf(text, sizeof text,
             "s3: {endpoint: \"%s\", bucket: %s, region: %s, insecure: true,"
             " accessKeySecret: {name: s, key: access}, secretKeySecret: {name: s, key: secret}}",
             endpoint, getenv("ARTREPO_TEST_S3_BUCKET"), getenv("ARTREPO_TEST_S3_REGION"));
    artrepo_repository_options options = {.secrets_directory = directory};
    check(artrepo_configuration_parse(text, strlen(text), "r", NULL, operation, &configuration,
                                      &error) == ARTREPO_OK,
          error.message);
    check(artrepo_repository_open(artrepo_configuration_location(configuration), &options,
                                  operation, &repository, &error) == ARTREPO_OK,
          error.message);
    for (int i = 0; i < 3; i++) {
        artrepo_source *source = NULL;
        check(artrepo_source_open_memory("content", 7, &source, &error) == ARTREPO_OK, "memory");
        artrepo_code code = artrepo_repository_put(repository, "secret-memory", source, NULL, NULL,
                                                   operation, &error);
        check((code == ARTREPO_OK) == works, error.message);
        artrepo_source_close(source);
    }
    if (works) {
        check(artrepo_repository_remove(repository, "secret-memory", operation, &error) ==
                  ARTREPO_OK,
              error.message);
    }
    check(count_in_memory() > 0, "the key is found while the repository is open");
    artrepo_repository_close(repository);
    artrepo_configuration_free(configuration);
    artrepo_operation_free(operation);
}

int main(void) {
    snprintf(directory, sizeof directory, "/tmp/artrepo-memory.XXXXXX");
    check(mkdtemp(directory) != NULL, "a directory");
    char path[128];
    snprintf(path, sizeof path, "%s/s", directory);
    check(mkdir(path, 0700) == 0, "a directory");
    atexit(forget_files);
    move_to_file("ARTREPO_TEST_S3_ACCESS_KEY", "access", false);
    move_to_file("ARTREPO_TEST_S3_SECRET_KEY", "secret", true);
    check(count_in_memory() == 0, "the test holds the key itself");
    use(getenv("ARTREPO_TEST_S3_ENDPOINT"), true);
    size_t left = count_in_memory();
    printf("after saves that went well: found %zu times\n", left);
    use("127.0.0.1:1", false);
    size_t left_failing = count_in_memory();
    printf("after saves that failed: found %zu times\n", left_failing);
    check(left == 0 && left_failing == 0, "the secret key is still in memory");
    return 0;
}
