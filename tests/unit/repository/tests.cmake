# Drivers in shared objects. They find the library's functions in the program that loads them.
set(plugin_directory ${PROJECT_BINARY_DIR}/tests/plugins)
function(test_plugin name source)
  add_library(plugin_${name} MODULE ${PROJECT_SOURCE_DIR}/tests/plugins/${source}.c)
  target_link_libraries(plugin_${name} PRIVATE artrepo_flags)
  set_target_properties(plugin_${name} PROPERTIES
    PREFIX "" OUTPUT_NAME artrepo_${name} SUFFIX ".so"
    LIBRARY_OUTPUT_DIRECTORY ${plugin_directory})
endfunction()
test_plugin(memory memory_driver)
test_plugin(misnamed memory_driver)
test_plugin(wrong_abi wrong_abi_driver)
test_plugin(small small_driver)
test_plugin(nothing not_a_driver)
test_plugin(null null_driver)

foreach(subject artifact configuration content_type counting document forms get_retry keys location plugins
                pod_names registry repository retry scalar threads variables)
  unit_test(repository/${subject}
    FLOORS base stream http remote backend_fs backend_gcs backend_s3 backend_raw backend_web repository)
  target_compile_definitions(test_repository_${subject} PRIVATE
    TEST_PLUGINS="${plugin_directory}")
  set_target_properties(test_repository_${subject} PROPERTIES ENABLE_EXPORTS ON)
  foreach(plugin memory misnamed wrong_abi small nothing null)
    add_dependencies(test_repository_${subject} plugin_${plugin})
  endforeach()
endforeach()
