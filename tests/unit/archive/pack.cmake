unit_test(archive/damaged_streams FLOORS base stream archive)
unit_test(archive/deflate_join FLOORS base stream archive)
unit_test(archive/detect FLOORS base stream archive)
unit_test(archive/gzip_format FLOORS base stream archive)
unit_test(archive/pipeline FLOORS base stream archive)
unit_test(archive/round_trip FLOORS base stream archive)
unit_test(archive/sample FLOORS base stream archive)
unit_test(archive/strategy FLOORS base stream archive)
unit_test(archive/tar_header FLOORS base stream archive)
unit_test(archive/walk FLOORS base stream archive)
unit_test(archive/tar_vectors FLOORS base stream archive LIBRARIES PkgConfig::jansson
  PkgConfig::crypto)
unit_test(archive/untar_vectors FLOORS base stream archive LIBRARIES PkgConfig::jansson
  PkgConfig::crypto)
