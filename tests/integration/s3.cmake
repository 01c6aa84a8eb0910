# A program for each test file that needs real servers, which the environment names; without them it
# is skipped. integration_test(s3_driver FLOORS base stream http remote backend_s3)
if(NOT COMMAND integration_test)
  function(integration_test source)
    cmake_parse_arguments(PARSE_ARGV 1 test "" "" "FLOORS;LIBRARIES")
    add_executable(test_integration_${source} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/${source}.c)
    foreach(floor IN LISTS test_FLOORS)
      target_link_libraries(test_integration_${source} PRIVATE artrepo_${floor})
      target_sources(test_integration_${source} PRIVATE $<TARGET_OBJECTS:artrepo_${floor}>)
    endforeach()
    target_include_directories(test_integration_${source} PRIVATE
      ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/backends ${PROJECT_SOURCE_DIR}/tests)
    target_link_libraries(test_integration_${source} PRIVATE
      artrepo_flags PkgConfig::cmocka ${test_LIBRARIES})
    add_test(NAME integration/${source} COMMAND test_integration_${source})
    set_tests_properties(integration/${source} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 300)
  endfunction()
endif()

integration_test(s3_driver FLOORS base stream http remote backend_s3 LIBRARIES Threads::Threads)
integration_test(s3_settings FLOORS base stream http remote backend_s3 LIBRARIES Threads::Threads)
integration_test(s3_faults FLOORS base stream http remote backend_s3 LIBRARIES Threads::Threads)
# It counts the uploads that the server has, whoever began them.
set_tests_properties(integration/s3_driver PROPERTIES RUN_SERIAL TRUE)
integration_test(s3_roles FLOORS base stream http remote backend_s3 LIBRARIES Threads::Threads)
integration_test(s3_minio FLOORS base stream http remote backend_s3 LIBRARIES Threads::Threads)
integration_test(s3_encryption FLOORS base stream http remote backend_s3 LIBRARIES Threads::Threads)
integration_test(s3_agents FLOORS base stream http remote backend_s3 LIBRARIES Threads::Threads)
integration_test(s3_odd_keys FLOORS base stream http remote backend_s3 LIBRARIES Threads::Threads)
integration_test(s3_memory FLOORS base stream http remote backend_s3 LIBRARIES Threads::Threads)
# All of the library, whichever backends it has.
integration_test(s3_directory LIBRARIES artrepo_static Threads::Threads)
