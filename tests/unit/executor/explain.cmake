# All floors, whichever backends there are.
get_directory_property(floors DIRECTORY ${PROJECT_SOURCE_DIR}/src DEFINITION artrepo_floors)
unit_test(executor/explain FLOORS ${floors} LIBRARIES PkgConfig::archive PkgConfig::zlib)
unit_test(executor/explain_vectors FLOORS ${floors} LIBRARIES PkgConfig::jansson PkgConfig::crypto)
