// Files that are disk images only in name: each is opened and read, or refused in one line.
#include "devices/disk_image.hpp"
#include "tests/fuzz/fuzz_file.hpp"

#include <array>
#include <exception>

using namespace calque;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const test::FuzzFile file({bytes, size});
    try {
        const auto image = open_disk_image(file.path(), {});
        std::array<std::uint8_t, sector_size> sector{};
        for (const std::uint64_t number :
             {std::uint64_t{0}, image->sector_count() / 2, image->sector_count() - 1})
            if (!image->read(number, sector) && image->write(number, sector)) return 0;
    } catch (const std::exception&) {
        return 0;  // refused
    }
    return 0;
}
