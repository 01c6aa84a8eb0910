foreach(subject
    load_all load_directory mode outputs pace save_all stage template together transfer)
  unit_test(executor/${subject}
    FLOORS base stream archive http remote backend_fs backend_gcs backend_s3 backend_raw backend_web repository executor)
endforeach()
include(${CMAKE_CURRENT_LIST_DIR}/explain.cmake)
