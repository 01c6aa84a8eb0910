# The libs3 plug-in, loaded as an application would. MinIO's address comes by the environment;
# without it what needs a server is skipped.
if(TARGET artrepo_libs3)
  foreach(test libs3_driver libs3_faults libs3_settings)
    integration_test(${test}
      FLOORS base stream http remote backend_fs backend_gcs backend_s3 backend_raw backend_web repository
      LIBRARIES artrepo_libs3_library Threads::Threads ${CMAKE_DL_LIBS})
    target_compile_definitions(test_integration_${test} PRIVATE
      TEST_PLUGINS="$<TARGET_FILE_DIR:artrepo_libs3>")
    set_target_properties(test_integration_${test} PROPERTIES ENABLE_EXPORTS ON)
    add_dependencies(test_integration_${test} artrepo_libs3)
  endforeach()
endif()
