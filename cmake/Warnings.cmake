# Compiler flags that all of the project's own targets share.
add_library(artrepo_flags INTERFACE)
target_compile_options(artrepo_flags INTERFACE
  -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings
  -Wformat=2 -Wundef
  $<$<C_COMPILER_ID:GNU>:-Wno-format-truncation> $<$<C_COMPILER_ID:Clang>:-Wno-format-nonliteral>)
target_compile_definitions(artrepo_flags INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64)
target_include_directories(artrepo_flags INTERFACE
  ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/include)

if(ARTREPO_WERROR)
  target_compile_options(artrepo_flags INTERFACE -Werror)
endif()

if(ARTREPO_SANITIZE)
  target_compile_options(artrepo_flags INTERFACE
    -fsanitize=${ARTREPO_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(artrepo_flags INTERFACE -fsanitize=${ARTREPO_SANITIZE})
elseif(CMAKE_BUILD_TYPE MATCHES "Rel")
  target_compile_options(artrepo_flags INTERFACE -fstack-protector-strong -U_FORTIFY_SOURCE
    -D_FORTIFY_SOURCE=2)
endif()

if(ARTREPO_FUZZ)
  target_compile_options(artrepo_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# An object library of one floor: sources are relative to the calling folder.
function(artrepo_floor name)
  cmake_parse_arguments(PARSE_ARGV 1 floor "" "" "SOURCES;LIBRARIES")
  add_library(artrepo_${name} OBJECT ${floor_SOURCES})
  target_include_directories(artrepo_${name} PRIVATE
    ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/backends)
  target_link_libraries(artrepo_${name} PUBLIC ${floor_LIBRARIES} PRIVATE artrepo_flags)
endfunction()
