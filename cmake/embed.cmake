# Files of a folder as constants of the program: lanet_embed(TARGET FOLDER). Makes embedded_files() of src/serve/assets.hpp; the
# assembler reads the files (.incbin), so that megabytes cost no compile time.
function(lanet_embed target folder)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${folder}
       ${folder}/*.html ${folder}/*.js ${folder}/*.mjs ${folder}/*.css ${folder}/*.json ${folder}/*.svg ${folder}/*.png
       ${folder}/*.ico ${folder}/*.woff2 ${folder}/*.txt ${folder}/*.webmanifest)
  list(SORT files)
  set(symbols "")
  set(declarations "")
  set(entries "")
  set(paths "")
  set(number 0)
  foreach(file ${files})
    set(symbol lanet_embedded_${number})
    string(APPEND symbols "asm(\".section .rodata\\n.global ${symbol}\\n${symbol}:\\n.incbin \\\"${folder}/${file}\\\"\\n"
                          ".global ${symbol}_end\\n${symbol}_end:\\n.byte 0\\n.text\\n\");\n")
    string(APPEND declarations "extern const char ${symbol}, ${symbol}_end;\n")
    string(APPEND entries "      {\"${file}\", {&${symbol}, static_cast<std::size_t>(&${symbol}_end - &${symbol})}},\n")
    list(APPEND paths ${folder}/${file})
    math(EXPR number "${number} + 1")
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/embedded_files.cpp @ONLY CONTENT
"// Made by cmake/embed.cmake.
#include \"serve/assets.hpp\"

@symbols@
extern \"C\" {
@declarations@}

namespace lanet {

const std::vector<EmbeddedFile>& embedded_files() {
  static const std::vector<EmbeddedFile> files{
@entries@  };
  return files;
}

}  // namespace lanet
")
  # Alone: of several files that are compiled as one nobody would know that it depends on these.
  set_source_files_properties(${CMAKE_BINARY_DIR}/embedded_files.cpp PROPERTIES OBJECT_DEPENDS "${paths}"
                              SKIP_UNITY_BUILD_INCLUSION ON)
  target_sources(${target} PRIVATE ${CMAKE_BINARY_DIR}/embedded_files.cpp)
endfunction()
