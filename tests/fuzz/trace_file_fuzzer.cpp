// Files that are traces only in name: each is read, or refused in one line. And frames of such, without the
// compression and its checksum, which would let nothing wrong through.
#include "frontend/trace/decoder.hpp"
#include "frontend/trace/reader.hpp"
#include "frontend/usage_error.hpp"
#include "tests/fuzz/fuzz_file.hpp"

using namespace calque;

namespace {

constexpr std::uint64_t most_records = 100'000;

void read_file(std::span<const std::uint8_t> bytes) {
    const test::FuzzFile file(bytes);
    try {
        trace::Reader reader(file.path());
        trace::Record record;
        for (std::uint64_t i = 0; i < most_records && reader.next(record); ++i) {
        }
    } catch (const UsageError&) {
        return;  // refused
    }
}

void read_frame(std::span<const std::uint8_t> bytes) {
    static trace::Decoder decoder;
    trace::Record record;
    try {
        decoder.keep_registers(true);
        decoder.begin(bytes, {.first = 0, .end = most_records, .records = most_records}, {});
        while (decoder.next(record)) {
        }
    } catch (const trace::TraceError&) {
        return;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0) return 0;
    if (bytes[0] == 'C')
        read_file({bytes, size});
    else
        read_frame({bytes + 1, size - 1});
    return 0;
}
