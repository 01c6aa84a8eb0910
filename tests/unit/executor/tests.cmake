foreach(subject load_directory mode pace transfer)
  unit_test(executor/${subject}
    FLOORS base stream archive http backend_fs backend_s3 repository executor)
endforeach()
