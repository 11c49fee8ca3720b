// Files that are kernels only in name, with and without an initrd: each is laid out for the boot ROM, or
// refused in one line, and what is laid out lies within the memory.
#include "machine/boot_items.hpp"
#include "tests/fuzz/input.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

using namespace calque;

namespace {

constexpr std::uint64_t ram_bytes = 16 << 20;

std::uint64_t number_of(const BootItems& boot, std::uint16_t selector) {
    const auto found = std::ranges::find(boot.items, selector, &BootItem::selector);
    if (found == boot.items.end()) return 0;
    std::uint64_t number = 0;
    for (std::size_t i = found->bytes.size(); i-- > 0;) number = number << 8 | found->bytes[i];
    return number;
}

bool lies_in_memory(const BootItems& boot, const BootPart& part) {
    return number_of(boot, part.address_item) + number_of(boot, part.size_item) <= ram_bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    test::Input input({bytes, size});
    const std::size_t initrd_size = input.byte() & 1 ? input.byte() * 64 : 0;
    const std::vector<std::uint8_t> kernel = input.rest(), initrd(initrd_size);
    try {
        const BootItems boot = prepare_boot({.kernel = {"kernel", kernel},
                                             .initrd = {"initrd", initrd},
                                             .command_line = "root=/dev/sda vga=791",
                                             .ram_bytes = ram_bytes});
        for (const BootPart& part : {kernel_part, initrd_part, command_line_part, setup_part})
            if (!lies_in_memory(boot, part)) std::abort();
    } catch (const std::runtime_error&) {
        return 0;  // refused
    }
    return 0;
}
