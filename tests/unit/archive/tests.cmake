include(${CMAKE_CURRENT_LIST_DIR}/extract.cmake OPTIONAL)
include(${CMAKE_CURRENT_LIST_DIR}/pack.cmake OPTIONAL)
