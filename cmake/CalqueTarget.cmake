# What every target of ours has in common: the language level, warnings as errors, sanitizers.
add_library(calque_options INTERFACE)
target_compile_features(calque_options INTERFACE cxx_std_20)
target_include_directories(calque_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(calque_options INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
if(NOT CALQUE_HOOKS)
    target_compile_definitions(calque_options INTERFACE CALQUE_WITHOUT_HOOKS)
endif()
if(CALQUE_SANITIZE)
    target_compile_options(calque_options INTERFACE
        -fsanitize=${CALQUE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    # The tests go without what stands at every access and is a sixth of the time to compile; fuzzers have it.
    if(NOT CALQUE_FUZZ)
        target_compile_options(calque_options INTERFACE -fno-sanitize=null,object-size,vptr)
    endif()
    target_link_options(calque_options INTERFACE -fsanitize=${CALQUE_SANITIZE})
endif()
set(CMAKE_CXX_EXTENSIONS OFF)

# calque_precompiled(NAME HEADER...): headers that are read once instead of once a file: a quarter of the time of a build.
# No file may count on them being there; scripts/check-tidy looks without.
function(calque_precompiled name)
    set(empty ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
    file(CONFIGURE OUTPUT ${empty} CONTENT "")
    add_library(${name} OBJECT ${empty})
    target_link_libraries(${name} PUBLIC calque_options fmt::fmt)
    target_precompile_headers(${name} PRIVATE <algorithm> <array> <bit> <chrono> <cmath> <cstdint> <cstring> <deque>
        <filesystem> <fstream> <functional> <map> <memory> <optional> <random> <set> <span> <sstream> <stdexcept> <string>
        <string_view> <unordered_map> <utility> <vector> <fmt/format.h> ${ARGN})
endfunction()

# calque_library(NAME [DEPENDENCY...]): the static library of the current folder, from all its sources.
function(calque_library name)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC calque_options ${ARGN})
    target_precompile_headers(${name} REUSE_FROM calque_precompiled_headers)
endfunction()
