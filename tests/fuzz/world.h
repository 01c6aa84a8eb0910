/* A directory that archives are extracted into, in a world that must not change. */
#ifndef TESTS_FUZZ_WORLD_H
#define TESTS_FUZZ_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the target puts things: a path in a directory that holds nothing else. The world is made at
 * the first call, and removed when the program ends. */
const char *fuzz_world_destination(void);

/* A directory to work in, which is empty at each check. */
const char *fuzz_world_scratch(void);

/* Aborts when anything but the destination changed; when it is there although it FAILED; when it
 * holds devices, set-id bits or links that lead out. Then removes it. Returns what is the same for
 * the same names, kinds, contents and links; 0 when it FAILED. */
uint64_t fuzz_world_check(bool failed);

#endif
