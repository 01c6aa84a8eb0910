# Each backend names its own tests.
include(${CMAKE_CURRENT_LIST_DIR}/fs.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/gcs.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/s3.cmake OPTIONAL)
include(${CMAKE_CURRENT_LIST_DIR}/http.cmake OPTIONAL)
