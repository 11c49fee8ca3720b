// Files that are hardware vectors only in name: each is read, or refused in one line.
#include "frontend/vectors/moo_file.hpp"
#include "tests/fuzz/fuzz_file.hpp"

#include <stdexcept>

using namespace calque;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const test::FuzzFile file({bytes, size});
    try {
        read_moo_file(file.path());
    } catch (const std::runtime_error&) {
        return 0;  // refused
    }
    return 0;
}
