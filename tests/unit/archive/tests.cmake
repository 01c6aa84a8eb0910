include(${CMAKE_CURRENT_LIST_DIR}/extract.cmake OPTIONAL)
include(${CMAKE_CURRENT_LIST_DIR}/pack.cmake OPTIONAL)

# What fails there is what the linker sends to the test.
unit_test(archive/no_memory FLOORS base stream archive)
set(archive_calls archive_read_set_callback_data archive_read_open1 archive_read_support_format_tar
  archive_read_support_format_zip_seekable archive_read_support_format_zip_streamable newlocale
  ar_pipeline_open)
list(TRANSFORM archive_calls PREPEND "LINKER:--wrap=")
target_link_options(test_archive_no_memory PRIVATE ${archive_calls})
