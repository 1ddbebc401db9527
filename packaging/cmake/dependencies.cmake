# Third-party packages, all from Debian. Headers of imported targets are SYSTEM includes, so that our
# warnings stay ours.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS filesystem)
find_package(ZLIB REQUIRED)
find_package(BZip2 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
pkg_check_modules(ZMQ REQUIRED IMPORTED_TARGET libzmq>=4.3)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd>=1.5)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3>=3.40)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(SNAPPY REQUIRED IMPORTED_TARGET snappy>=1.1.9)
pkg_check_modules(CAPNP REQUIRED IMPORTED_TARGET capnp>=0.9)
find_path(CPPZMQ_INCLUDE zmq.hpp REQUIRED)

# find_package(msgpack) may find the C library instead of the C++ one: take the header alone, and check
# that it is the C++ library (its version header defines the C++ API).
find_path(MSGPACK_CXX_INCLUDE msgpack.hpp REQUIRED)

add_library(ox_zmq INTERFACE)
target_link_libraries(ox_zmq INTERFACE PkgConfig::ZMQ)
target_include_directories(ox_zmq SYSTEM INTERFACE ${CPPZMQ_INCLUDE})

add_library(ox_msgpack INTERFACE)
target_include_directories(ox_msgpack SYSTEM INTERFACE ${MSGPACK_CXX_INCLUDE})
# Boost headers are needed by msgpack-c's C++ headers.
target_link_libraries(ox_msgpack INTERFACE Boost::headers)

find_path(TOMLPLUSPLUS_INCLUDE toml++/toml.h REQUIRED)
add_library(ox_toml INTERFACE)
target_include_directories(ox_toml SYSTEM INTERFACE ${TOMLPLUSPLUS_INCLUDE})

# Time zones.
find_package(date REQUIRED)

# simdjson reads JSON; its target asks for its threads, which we do not use.
find_package(simdjson REQUIRED)
add_library(ox_simdjson INTERFACE)
target_link_libraries(ox_simdjson INTERFACE simdjson::simdjson)

find_path(DOCTEST_INCLUDE doctest/doctest.h REQUIRED)
add_library(ox_doctest INTERFACE)
target_include_directories(ox_doctest SYSTEM INTERFACE ${DOCTEST_INCLUDE})
# A call for each assertion instead of its code: a fifth to a third less to compile.
target_compile_definitions(ox_doctest INTERFACE DOCTEST_CONFIG_SUPER_FAST_ASSERTS)
