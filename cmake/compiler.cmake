set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # A precompiled header changes its time stamp, not its content.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()

# A compiler spends most of a file on headers and on templates of them: several files together pay that once. A file
# with instruction sets of its own is compiled alone.
set(CMAKE_UNITY_BUILD ${LANET_UNITY})
set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)

# A file that includes LibTorch needs 1.3 GB: two at a time fit everywhere.
set_property(GLOBAL PROPERTY JOB_POOLS compile=2 link=2)
set(CMAKE_JOB_POOL_COMPILE compile)
set(CMAKE_JOB_POOL_LINK link)

add_library(lanet_options INTERFACE)
target_compile_options(lanet_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
                       -Woverloaded-virtual -fno-math-errno)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  target_compile_options(lanet_options INTERFACE -fpch-preprocess
                         -Wno-restrict)  # g++ 12 sees overlaps in std::string that are not there
endif()
target_include_directories(lanet_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
if(LANET_WERROR)
  target_compile_options(lanet_options INTERFACE -Werror)
endif()
set(lanet_test_environment OMP_NUM_THREADS=1)
if(LANET_SANITIZE MATCHES thread)
  list(APPEND lanet_test_environment TSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/support/tsan.supp)
endif()
if(LANET_SANITIZE)
  target_compile_options(lanet_options INTERFACE -fsanitize=${LANET_SANITIZE} -fno-omit-frame-pointer
                         -fno-sanitize-recover=all -g1)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(lanet_options INTERFACE -Wno-maybe-uninitialized)  # the added checks confuse it
  endif()
  target_link_options(lanet_options INTERFACE -fsanitize=${LANET_SANITIZE})
endif()
