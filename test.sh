#!/usr/bin/env bash
# test.sh [PRESET]: installs what is missing, builds, runs every test; the last line is "N passed, M failed".
# In the default preset (release) the sources' form is checked too. CALQUE_VECTORS names a folder of vectors.
set -uo pipefail
cd "$(dirname "$0")" || exit 2
exec </dev/null

preset=${1:-release}
build=build/$preset
passed=0
failed=0

finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}

# check NAME COMMAND...: one case.
check() {
    local name=$1
    shift
    echo "== $name"
    if "$@"; then
        passed=$((passed + 1))
    else
        echo "FAILED: $name"
        failed=$((failed + 1))
    fi
}

build() {
    local cached=()  # ccache knows a file again only if it includes its headers itself
    ! command -v ccache >/dev/null ||
        cached=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON)
    cmake --preset "$preset" --log-level=WARNING -DCMAKE_EXPORT_COMPILE_COMMANDS=ON "${cached[@]}" &&
        cmake --build --preset "$preset"
}

run_tests() {
    local report=$PWD/$build/tests.xml counts
    rm -f "$report"
    ctest --test-dir "$build" --output-on-failure --no-tests=error --timeout 1200 --parallel 2 \
        --output-junit "$report" --test-output-size-passed 1048576 --test-output-size-failed 1048576
    counts=$(scripts/count-tests "$report") || counts="0 1"
    passed=$((passed + ${counts% *}))
    failed=$((failed + ${counts#* }))
}

groups=(build demo test)
case $preset in
    aarch64) groups+=(aarch64) ;;
    asan-ubsan) groups+=(clang) ;;
esac
scripts/setup "${groups[@]}" || { failed=1; finish; }
build || { echo "FAILED: the build"; failed=1; finish; }
run_tests
if [ "$preset" = release ]; then
    check "format" scripts/check-format
    check "clang-tidy" scripts/check-tidy "$build" mmu cpu translator devices machine frontend roms
fi
finish
