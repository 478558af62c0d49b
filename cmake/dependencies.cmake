# Every third-party part, once, each as a small interface target.
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(PkgConfig REQUIRED)
pkg_check_modules(TOMLPLUSPLUS REQUIRED IMPORTED_TARGET tomlplusplus)
pkg_check_modules(YAMLCPP REQUIRED IMPORTED_TARGET yaml-cpp)
pkg_check_modules(PUGIXML REQUIRED IMPORTED_TARGET pugixml)
find_package(ICU REQUIRED COMPONENTS uc i18n)

# Debian keeps OpenCV's CMake files in libopencv-dev, which pulls in some two hundred packages; three modules are enough.
find_path(OPENCV_INCLUDE opencv2/core.hpp PATH_SUFFIXES opencv4 REQUIRED)
add_library(opencv INTERFACE)
target_include_directories(opencv SYSTEM INTERFACE ${OPENCV_INCLUDE})
foreach(module core imgproc imgcodecs)
  find_library(OPENCV_${module} opencv_${module} REQUIRED)
  target_link_libraries(opencv INTERFACE ${OPENCV_${module}})
endforeach()

find_package(GIF REQUIRED)

# The few of DCMTK's libraries that are needed; its own CMake files also want its programs.
find_path(DCMTK_INCLUDE dcmtk/dcmdata/dctk.h REQUIRED)
pkg_check_modules(OPENJPEG REQUIRED IMPORTED_TARGET libopenjp2)
find_package(ZLIB REQUIRED)
add_library(dcmtk INTERFACE)
target_include_directories(dcmtk SYSTEM INTERFACE ${DCMTK_INCLUDE})
add_library(dcmtk_network INTERFACE)
foreach(library dcmseg dcmsr dcmfg dcmiod dcmimage dcmimgle dcmjpeg dcmjpls dcmdata oflog ofstd)
  find_library(DCMTK_${library} ${library} REQUIRED)
  target_link_libraries(dcmtk INTERFACE ${DCMTK_${library}})
endforeach()
target_link_libraries(dcmtk INTERFACE PkgConfig::OPENJPEG ZLIB::ZLIB)
foreach(library dcmtls dcmnet)
  find_library(DCMTK_${library} ${library} REQUIRED)
  target_link_libraries(dcmtk_network INTERFACE ${DCMTK_${library}})
endforeach()
target_link_libraries(dcmtk_network INTERFACE dcmtk)

pkg_check_modules(LIBARCHIVE REQUIRED IMPORTED_TARGET libarchive)
pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET cpp-httplib)

find_path(BOOST_INCLUDE boost/math/distributions.hpp REQUIRED)
add_library(boost_math INTERFACE)
target_include_directories(boost_math SYSTEM INTERFACE ${BOOST_INCLUDE})

if(LANET_TORCH)
  # CMAKE_PREFIX_PATH may name a LibTorch of the user's own; it is looked at first.
  file(GLOB wheel_torch ${CMAKE_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch)
  find_package(Torch REQUIRED HINTS ${wheel_torch})
  add_library(torch_headers INTERFACE)
  target_include_directories(torch_headers SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
  string(REGEX MATCHALL "-D[^ ]+" torch_definitions "${TORCH_CXX_FLAGS}")
  target_compile_options(torch_headers INTERFACE ${torch_definitions})
  # at::parallel_for is inline and runs one thread without OpenMP; LibTorch's own copy of the run-time library, so that
  # one process never has two pools of threads.
  file(GLOB torch_openmp ${TORCH_INSTALL_PREFIX}/lib/libgomp*.so*)
  target_compile_options(torch_headers INTERFACE -fopenmp)
  target_link_libraries(torch_headers INTERFACE ${TORCH_LIBRARIES} ${torch_openmp})
  if(NOT torch_openmp)
    target_link_options(torch_headers INTERFACE -fopenmp)
  endif()
endif()

if(LANET_OPENVINO)
  # CMAKE_PREFIX_PATH may name an OpenVINO of the user's own.
  file(GLOB wheel_openvino ${CMAKE_SOURCE_DIR}/.venv/lib/python3*/site-packages/openvino/cmake)
  find_package(OpenVINO REQUIRED COMPONENTS Runtime HINTS ${wheel_openvino})
endif()

if(LANET_TESTS)
  find_package(GTest REQUIRED)
endif()
