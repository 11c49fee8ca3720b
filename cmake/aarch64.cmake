# Cross build for AArch64: Debian's g++-aarch64-linux-gnu, the libraries of scripts/get-arm64, and user-mode
# emulation to run the tests.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_ASM_COMPILER aarch64-linux-gnu-gcc)

execute_process(COMMAND ${CMAKE_CURRENT_LIST_DIR}/../scripts/get-arm64
    OUTPUT_VARIABLE arm64 OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
set(arm64_libraries ${arm64}/usr/lib/aarch64-linux-gnu)

# Libraries and headers come from there alone, programs from the host.
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH ${arm64})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} ${arm64_libraries}/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${arm64})

add_link_options(-L${arm64_libraries} -Wl,-rpath-link,${arm64_libraries}:${arm64}/lib/aarch64-linux-gnu)
set(CMAKE_CROSSCOMPILING_EMULATOR
    qemu-aarch64 -L /usr/aarch64-linux-gnu -E LD_LIBRARY_PATH=${arm64_libraries}:${arm64}/lib/aarch64-linux-gnu)
