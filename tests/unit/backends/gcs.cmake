foreach(subject accounts download list resumable settings tokens upload)
  unit_test(backends/gcs_${subject} FLOORS base stream http remote backend_gcs
    LIBRARIES Threads::Threads PkgConfig::jansson PkgConfig::crypto)
endforeach()
