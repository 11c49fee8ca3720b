// Reads MOO files.
#include "frontend/vectors/moo_file.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <cstring>
#include <memory>
#include <span>
#include <stdexcept>

namespace calque {
namespace {

struct Damaged : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A cursor over little-endian data that never reads past the end.
class Reader {
public:
    explicit Reader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
    bool empty() const { return bytes_.empty(); }
    /// A count of items that are still to come, each of `size` bytes.
    std::uint32_t count_of(std::size_t size) {
        const std::uint32_t count = u32();
        if (count > bytes_.size() / size) throw Damaged("ends in the middle of a chunk");
        return count;
    }
    std::span<const std::uint8_t> take(std::size_t count) {
        if (count > bytes_.size()) throw Damaged("ends in the middle of a chunk");
        const auto taken = bytes_.first(count);
        bytes_ = bytes_.subspan(count);
        return taken;
    }
    std::uint8_t u8() { return take(1)[0]; }
    std::uint16_t u16() {
        const auto b = take(2);
        return static_cast<std::uint16_t>(b[0] | b[1] << 8);
    }
    std::uint32_t u32() {
        const std::uint32_t low = u16();
        return low | static_cast<std::uint32_t>(u16()) << 16;
    }
    std::string text(std::size_t count) {
        const auto b = take(count);
        return {b.begin(), b.end()};
    }

private:
    std::span<const std::uint8_t> bytes_;
};

/// Calls `visit(tag, payload)` for each chunk.
template <typename Visit>
void each_chunk(Reader reader, Visit visit) {
    while (!reader.empty()) {
        const std::string tag = reader.text(4);
        const std::uint32_t length = reader.u32();
        visit(tag, Reader(reader.take(length)));
    }
}

void read_registers(Reader reader, std::array<std::uint16_t, moo_register_count>& registers) {
    const std::uint16_t mask = reader.u16();
    for (unsigned i = 0; i < moo_register_count; ++i)
        if (mask >> i & 1) registers[i] = reader.u16();
}

std::vector<MooByte> read_ram(Reader reader) {
    constexpr std::size_t address_and_value = 5;
    std::vector<MooByte> bytes(reader.count_of(address_and_value));
    for (MooByte& byte : bytes) byte = {reader.u32(), reader.u8()};
    return bytes;
}

void read_state(Reader reader, std::array<std::uint16_t, moo_register_count>& registers,
                std::vector<MooByte>& ram) {
    each_chunk(reader, [&](const std::string& tag, Reader payload) {
        if (tag == "REGS") read_registers(payload, registers);
        if (tag == "RAM ") ram = read_ram(payload);
    });
}

MooTest read_test(Reader reader) {
    MooTest test;
    test.index = reader.u32();
    each_chunk(reader, [&](const std::string& tag, Reader payload) {
        if (tag == "NAME") test.name = payload.text(payload.u32());
        if (tag == "EXCP") test.exception = payload.u8();
        if (tag == "BYTS") {
            const auto bytes = payload.take(payload.u32());
            test.bytes.assign(bytes.begin(), bytes.end());
        }
        if (tag == "INIT") {
            read_state(payload, test.before, test.ram_before);
            test.after = test.before;
        }
        if (tag == "FINA") read_state(payload, test.after, test.ram_after);
    });
    return test;
}

std::vector<std::uint8_t> read_whole(const std::string& path) {
    const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
    if (!file) throw std::runtime_error(fmt::format("{}: cannot be opened", path));
    std::vector<std::uint8_t> bytes;
    std::array<std::uint8_t, 65536> part;
    int count;
    while ((count = gzread(file.get(), part.data(), part.size())) > 0)
        bytes.insert(bytes.end(), part.begin(), part.begin() + count);
    int error = Z_OK;
    const char* message = gzerror(file.get(), &error);
    if (count < 0 || error != Z_OK) throw std::runtime_error(message);  // it names the file
    return bytes;
}

}  // namespace

MooFile read_moo_file(const std::string& path) {
    const std::vector<std::uint8_t> bytes = read_whole(path);
    if (bytes.size() < 8 || std::memcmp(bytes.data(), "MOO ", 4) != 0)
        throw std::runtime_error(fmt::format("{}: not a MOO file", path));
    MooFile file;
    std::uint32_t announced = 0;
    try {
        each_chunk(Reader(bytes), [&](const std::string& tag, Reader payload) {
            if (tag == "MOO ") {
                payload.take(4);
                announced = payload.u32();
                file.cpu = payload.text(4);
            }
            if (tag == "META") {
                payload.take(3);
                file.opcode = payload.u32();
            }
            if (tag == "TEST") file.tests.push_back(read_test(payload));
        });
    } catch (const Damaged& damage) {
        throw std::runtime_error(fmt::format("{}: {}", path, damage.what()));
    }
    if (file.tests.size() != announced)
        throw std::runtime_error(
            fmt::format("{}: holds {} tests, announces {}", path, file.tests.size(), announced));
    return file;
}

}  // namespace calque
