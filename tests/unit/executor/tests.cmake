# All floors, whichever backends there are.
get_directory_property(floors DIRECTORY ${PROJECT_SOURCE_DIR}/src DEFINITION artrepo_floors)
foreach(subject
    load_all load_directory mode outputs pace save_all stage stream_threads template threads together
    transfer)
  unit_test(executor/${subject} FLOORS ${floors})
endforeach()
unit_test(executor/explain_prefix FLOORS ${floors})
unit_test(executor/explain FLOORS ${floors} LIBRARIES PkgConfig::archive PkgConfig::zlib)
unit_test(executor/explain_vectors FLOORS ${floors} LIBRARIES PkgConfig::jansson PkgConfig::crypto)
