# What `cmake --install` and `make install` put where. Tools install themselves.
include(CMakePackageConfigHelpers)

install(DIRECTORY include/artrepo DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h")
install(FILES ${PROJECT_BINARY_DIR}/include/artrepo/version.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/artrepo)
install(TARGETS artrepo EXPORT artrepoTargets)
install(TARGETS artrepo_static EXPORT artrepoStaticTargets)

# ---- CMake package ----

set(artrepo_package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/artrepo)
foreach(kind "" Static)
  install(EXPORT artrepo${kind}Targets NAMESPACE artrepo::
    DESTINATION ${artrepo_package_directory})
endforeach()

set(artrepo_pkg_checks "")
foreach(module requirement IN ZIP_LISTS artrepo_modules artrepo_requirements)
  string(APPEND artrepo_pkg_checks
    "    pkg_check_modules(${module} QUIET IMPORTED_TARGET \"${requirement}\")\n")
endforeach()
configure_package_config_file(cmake/artrepoConfig.cmake.in artrepoConfig.cmake
  INSTALL_DESTINATION ${artrepo_package_directory})
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(artrepoConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/artrepoConfig.cmake ${PROJECT_BINARY_DIR}/artrepoConfigVersion.cmake
  DESTINATION ${artrepo_package_directory})

# ---- pkg-config ----

# Relative to the file itself, so that a tree can be installed anywhere.
if(IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
  set(artrepo_pc_prefix ${CMAKE_INSTALL_PREFIX})
else()
  file(RELATIVE_PATH artrepo_pc_up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  string(REGEX REPLACE "/$" "" artrepo_pc_up ${artrepo_pc_up})
  set(artrepo_pc_prefix "\${pcfiledir}/${artrepo_pc_up}")
endif()
foreach(kind LIBDIR INCLUDEDIR)
  if(IS_ABSOLUTE ${CMAKE_INSTALL_${kind}})
    set(artrepo_pc_${kind} ${CMAKE_INSTALL_${kind}})
  else()
    set(artrepo_pc_${kind} "\${prefix}/${CMAKE_INSTALL_${kind}}")
  endif()
endforeach()
list(JOIN artrepo_requirements ", " artrepo_pc_requires)
string(REPLACE ">=" " >= " artrepo_pc_requires "${artrepo_pc_requires}")
configure_file(cmake/artrepo.pc.in artrepo.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/artrepo.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
