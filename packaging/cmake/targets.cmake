# How our own targets are built: warnings, sanitizers, and the two kinds of target we have.

add_library(ox_warnings INTERFACE)
target_compile_options(ox_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor
  -Woverloaded-virtual -Wformat=2)
# GCC 12 takes joined strings for copies that overlap (its bug 105651) when it optimises further.
target_compile_options(ox_warnings INTERFACE
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:-Wno-restrict>)
# Sources that are compiled together are included by a generated file, which to GCC makes headers of them:
# what they keep to themselves in an anonymous namespace looks as if others shared it.
if(CMAKE_UNITY_BUILD)
  target_compile_options(ox_warnings INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()
# Everything is compiled to be fit for the client's shared library (-fPIC); without this, no function
# that is not declared inline would be inlined within its own file (8 % of tests/bench/ingest.py).
target_compile_options(ox_warnings INTERFACE $<$<CONFIG:Release>:-fno-semantic-interposition>)
# Files are named from the root of the repository where a failed check names its own: the same in every clone.
target_compile_options(ox_warnings INTERFACE -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)
if(OX_WERROR)
  target_compile_options(ox_warnings INTERFACE -Werror)
endif()

add_library(ox_sanitizers INTERFACE)
if(OX_SANITIZE)
  target_compile_options(ox_sanitizers INTERFACE
    -fsanitize=${OX_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(ox_sanitizers INTERFACE -fsanitize=${OX_SANITIZE})
endif()
if(OX_FUZZ)
  target_compile_options(ox_sanitizers INTERFACE -fsanitize=fuzzer-no-link)
endif()

# ox_library(NAME SOURCES ... LINK ...): a static library whose headers are included from the root,
# as "common/base/status.h".
function(ox_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_LINK} PRIVATE ox_warnings ox_sanitizers)
  target_link_libraries(${name} INTERFACE ox_sanitizers)
endfunction()

# ox_program(NAME SOURCES ... LINK ...): an installed command.
function(ox_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} ox_warnings ox_sanitizers)
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

# ox_not_hot(TARGET ...): where a sanitizer makes compiling dear, these are not optimised: they do little, and most
# of what they are made of are options.
function(ox_not_hot)
  foreach(target ${ARGN})
    if(OX_SANITIZE)
      target_compile_options(${target} PRIVATE -O0)
    endif()
  endforeach()
endfunction()

configure_file(${PROJECT_SOURCE_DIR}/packaging/cmake/version.h.in
  ${CMAKE_BINARY_DIR}/generated/ox_version.h @ONLY)
add_library(ox_version INTERFACE)
target_include_directories(ox_version INTERFACE ${CMAKE_BINARY_DIR}/generated)
