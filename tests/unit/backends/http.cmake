foreach(subject address contradictions get identity oauth put redirects settings)
  unit_test(backends/http_${subject}
    FLOORS base stream http remote backend_web
    LIBRARIES PkgConfig::crypto PkgConfig::jansson Threads::Threads)
endforeach()
unit_test(backends/raw_driver FLOORS base stream backend_raw)
