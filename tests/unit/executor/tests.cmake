foreach(subject load_directory mode pace transfer)
  unit_test(executor/${subject}
    FLOORS base stream archive http remote backend_fs backend_gcs backend_s3 backend_raw backend_web repository executor)
endforeach()
