# liblanet.so (the C API), and `cmake --install`: a tree that can be moved as a whole.
#   bin/lanet, bin/lanet-train   lib/liblanet.so   lib/lanet/ libraries of OpenVINO and LibTorch   include/lanet.h
#   lib/cmake/lanet/             share/lanet/ configs, models, sample, documents
# Components: engine (all but training), training (lanet-train and LibTorch, some 500 MB).
# What Debian packages bring (OpenCV, fmt, toml++, OpenSSL) is not copied.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

if(LANET_OPENVINO)
  add_library(lanet_shared SHARED $<TARGET_OBJECTS:lanet_capi>)
  target_link_libraries(lanet_shared PRIVATE lanet_runtime)
  target_link_options(lanet_shared PRIVATE -Wl,--version-script=${CMAKE_SOURCE_DIR}/src/capi/lanet.map -Wl,--no-undefined)
  set_target_properties(lanet_shared PROPERTIES OUTPUT_NAME lanet SOVERSION 0 VERSION ${PROJECT_VERSION}
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib LINK_DEPENDS ${CMAKE_SOURCE_DIR}/src/capi/lanet.map
    INSTALL_RPATH "$ORIGIN/lanet" PUBLIC_HEADER ${CMAKE_SOURCE_DIR}/src/capi/lanet.h)
  target_include_directories(lanet_shared INTERFACE $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/src/capi>
                             $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  set_target_properties(lanet_shared PROPERTIES EXPORT_NAME lanet)
  add_library(lanet::lanet ALIAS lanet_shared)

  install(TARGETS lanet_shared EXPORT lanet COMPONENT engine LIBRARY DESTINATION lib PUBLIC_HEADER DESTINATION include)
  install(EXPORT lanet NAMESPACE lanet:: DESTINATION lib/cmake/lanet FILE lanetTargets.cmake COMPONENT engine)
  file(WRITE ${CMAKE_BINARY_DIR}/lanetConfig.cmake "include(\${CMAKE_CURRENT_LIST_DIR}/lanetTargets.cmake)\n")
  write_basic_package_version_file(${CMAKE_BINARY_DIR}/lanetConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${CMAKE_BINARY_DIR}/lanetConfig.cmake ${CMAKE_BINARY_DIR}/lanetConfigVersion.cmake
          DESTINATION lib/cmake/lanet COMPONENT engine)

  # OpenVINO looks for its plugins beside itself.
  get_target_property(openvino_library openvino::runtime IMPORTED_LOCATION_RELEASE)
  get_filename_component(openvino_folder ${openvino_library} DIRECTORY)
  file(GLOB openvino_parts ${openvino_folder}/libopenvino.so.* ${openvino_folder}/libopenvino_intel_cpu_plugin.so
       ${openvino_folder}/libopenvino_onnx_frontend.so.* ${openvino_folder}/libopenvino_ir_frontend.so.*
       ${openvino_folder}/libtbb.so.* ${openvino_folder}/libtbbmalloc.so.* ${openvino_folder}/libtbbbind*.so.*
       ${openvino_folder}/libhwloc.so.*)
  install(FILES ${openvino_parts} DESTINATION lib/lanet COMPONENT engine)
endif()

if(LANET_OPENVINO AND LANET_TESTS)
  add_executable(lanet_example_c ${CMAKE_SOURCE_DIR}/examples/c/find.c)
  target_link_libraries(lanet_example_c PRIVATE lanet_shared)
  target_compile_definitions(capi_test PRIVATE LANET_EXAMPLE_C="$<TARGET_FILE:lanet_example_c>"
                             LANET_LIBRARY="$<TARGET_FILE:lanet_shared>")
  add_dependencies(capi_test lanet_example_c)
endif()

set_target_properties(lanet PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/lanet")
install(TARGETS lanet DESTINATION bin COMPONENT engine)
install(DIRECTORY configs models sample DESTINATION share/lanet COMPONENT engine)
install(FILES README.md LICENSE THIRD_PARTY.md DESTINATION share/doc/lanet COMPONENT engine)
if(LANET_TORCH)
  set_target_properties(lanet-train PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/lanet")
  install(TARGETS lanet-train DESTINATION bin COMPONENT training)
  file(GLOB torch_parts ${TORCH_INSTALL_PREFIX}/lib/libtorch.so ${TORCH_INSTALL_PREFIX}/lib/libtorch_cpu.so
       ${TORCH_INSTALL_PREFIX}/lib/libtorch_c*.so ${TORCH_INSTALL_PREFIX}/lib/libc10*.so
       ${TORCH_INSTALL_PREFIX}/lib/libgomp*.so*)
  list(REMOVE_DUPLICATES torch_parts)
  install(FILES ${torch_parts} DESTINATION lib/lanet COMPONENT training)
endif()
