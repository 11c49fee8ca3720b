// The format: 16 bytes of magic and version, then one zstd frame with a checksum. It holds the size of a
// stream of fields with names and sizes, that stream (everything but memory), and for each block of memory
// runs of pages: number of the first, how many, their bytes; a run of none ends the block.
#include "machine/saved_state_file.hpp"

#include "machine/byte_stream.hpp"
#include "machine/config_description.hpp"
#include "machine/field_stream.hpp"
#include "machine/state_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace calque {

namespace {

constexpr std::size_t header_size = 16;
constexpr std::size_t most_blocks = 16;

using Header = std::array<std::uint8_t, header_size>;

Header header_of(const StateFileKind& kind) {
    Header bytes{};
    std::ranges::copy(kind.magic, bytes.begin());
    bytes.back() = kind.version;
    return bytes;
}

[[noreturn]] void refuse(const std::string& line) { throw std::runtime_error(line); }

/// All but the memory's content.
struct Front {
    SavedState& state;
    std::vector<std::uint64_t> block_sizes;
};

}  // namespace

template <typename Archive>
void describe(Archive& archive, SavedPart& part) {
    archive("part", part.name);
    archive("fields", part.fields);
}

template <typename Archive>
void describe(Archive& archive, FwCfg::File& file) {
    archive("name", file.name);
    archive("key", file.key);
}

namespace {

template <typename Archive>
void describe_items(Archive& archive, std::map<std::uint16_t, FwCfg::SharedBytes>& items) {
    auto present = items.begin();
    for (std::size_t left = archive.count("items", items.size()); left > 0; --left) {
        const bool is_present = present != items.end();
        std::uint16_t key = is_present ? present->first : std::uint16_t{0};
        FwCfg::Bytes bytes = is_present ? *present->second : FwCfg::Bytes{};
        archive("key", key);
        archive("bytes", bytes);
        if (is_present)
            ++present;
        else
            items[key] = std::make_shared<const FwCfg::Bytes>(std::move(bytes));
    }
}

template <typename Archive>
void describe_front(Archive& archive, Front& front) {
    SavedState& state = front.state;
    archive("config", state.config);
    archive("instructions", state.instructions);
    archive("parts", state.parts);
    archive("media", state.media);
    archive("block_sizes", front.block_sizes);
    archive("files", state.firmware_items.files);
    describe_items(archive, state.firmware_items.items);
}

void write_number(ByteSink& sink, std::uint64_t number) {
    std::array<std::uint8_t, 8> bytes{};
    for (unsigned i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(number >> 8 * i);
    sink.write(bytes);
}

std::uint64_t read_number(ByteSource& source) {
    std::array<std::uint8_t, 8> bytes{};
    source.read(bytes);
    std::uint64_t number = 0;
    for (unsigned i = 0; i < 8; ++i) number |= std::uint64_t{bytes[i]} << 8 * i;
    return number;
}

/// The end of the run of pages that starts at `first`.
std::size_t end_of_run(const MemoryCopy& copy, std::size_t first) {
    while (first < copy.pages().size() && copy.pages()[first]) ++first;
    return first;
}

void write_memory(ByteSink& sink, const MemoryCopy& copy) {
    for (std::size_t first = 0; first < copy.pages().size(); ++first) {
        const std::size_t end = end_of_run(copy, first);
        if (end == first) continue;
        write_number(sink, first);
        write_number(sink, end - first);
        for (; first < end; ++first) sink.write(*copy.pages()[first]);
    }
    write_number(sink, 0);
    write_number(sink, 0);
}

MemoryCopy read_memory(ByteSource& source, std::uint64_t size) {
    MemoryCopy copy(size);
    for (;;) {
        std::uint64_t number = read_number(source);
        const std::uint64_t count = read_number(source), pages = copy.pages().size();
        if (count == 0) return copy;
        if (number > pages || count > pages - number) refuse("is damaged: its memory is too large");
        for (const std::uint64_t end = number + count; number < end; ++number) {
            auto page = std::make_shared_for_overwrite<MemoryCopy::Page>();
            source.read(*page);
            copy.set_page(number, std::move(page));
        }
    }
}

void check(const MachineConfig& config) {
    const bool possible = config.memory >= MachineConfig::smallest_memory &&
                          config.memory <= MachineConfig::largest_memory && config.memory % 0x1'0000 == 0 &&
                          config.clock <= ClockKind::instructions && config.nanoseconds_per_instruction > 0 &&
                          config.instructions_per_second <= MachineConfig::fastest &&
                          config.nic <= NicModel::ne2k_isa;
    if (!possible) refuse("is damaged: there is no such machine");
}

/// In pieces, so that a damaged size does not ask for all of the host's memory.
std::vector<std::uint8_t> read_blob(ByteSource& source) {
    constexpr std::uint64_t piece = 1 << 20;
    std::vector<std::uint8_t> bytes;
    for (std::uint64_t left = read_number(source); left > 0;) {
        const auto part = static_cast<std::size_t>(std::min(left, piece));
        bytes.resize(bytes.size() + part);
        source.read(std::span(bytes).last(part));
        left -= part;
    }
    return bytes;
}

SavedState read_state(ByteSource& source) {
    SavedState state;
    Front front{state, {}};
    const auto fields = read_blob(source);
    FieldReader reader("the state's head", fields);
    describe_front(reader, front);
    reader.finish();
    check(state.config);
    if (front.block_sizes.size() > most_blocks) refuse("is damaged: it has too many blocks of memory");
    for (const std::uint64_t size : front.block_sizes) {
        if (size > MachineConfig::largest_memory || size % page_size)
            refuse("is damaged: there are no such blocks of memory");
        state.memory.push_back(read_memory(source, size));
    }
    return state;
}

void write_blob(ByteSink& sink, std::span<const std::uint8_t> bytes) {
    write_number(sink, bytes.size());
    sink.write(bytes);
}

void write_state(const SavedState& state, ByteSink& sink) {
    SavedState head = state;  // an archive may change what it describes
    Front front{head, {}};
    for (const MemoryCopy& copy : state.memory) front.block_sizes.push_back(copy.size());
    FieldWriter writer;
    describe_front(writer, front);
    write_blob(sink, writer.take());
    for (const MemoryCopy& copy : state.memory) write_memory(sink, copy);
}

void check_header(const StateFileKind& kind, std::span<const std::uint8_t> found) {
    const bool is_kind =
        found.size() >= kind.magic.size() && std::ranges::equal(found.first(kind.magic.size()), kind.magic);
    if (!is_kind) refuse(fmt::format("is not a {}", kind.name));
    if (found.size() < header_size) refuse("is cut off");
    if (found.back() != kind.version)
        refuse(fmt::format("is of format {}; this version of calque reads format {}", found.back(),
                           kind.version));
}

template <typename Work>
auto naming(const StateFileKind& kind, const std::string& path, Work work) {
    try {
        return work();
    } catch (const std::exception& error) {
        refuse(fmt::format("{} '{}': {}", kind.name, path, error.what()));
    }
}

}  // namespace

void write_state_stream(const StateFileKind& kind, const std::string& path, const SavedState& state,
                        const std::vector<std::uint8_t>& more) {
    naming(kind, path, [&] {
        CompressedFile file(path, header_of(kind));
        write_state(state, file);
        if (!more.empty()) write_blob(file, more);
        file.commit();
    });
}

namespace {

void read_pieces(DecompressedFile& file, StateTail& tail) {
    try {
        while (file.next_frame()) tail.pieces.push_back(read_blob(file));
    } catch (const std::runtime_error&) {
        tail.cut = true;
    }
}

}  // namespace

SavedState read_state_stream(const StateFileKind& kind, const std::string& path, StateTail* tail) {
    return naming(kind, path, [&] {
        DecompressedFile file(path);
        check_header(kind, file.read_header(header_size));
        SavedState state = read_state(file);
        if (tail) {
            tail->more = read_blob(file);
            read_pieces(file, *tail);
        } else {
            file.finish();
        }
        return state;
    });
}

StatePieces::StatePieces(const StateFileKind& kind, const std::string& path)
    : kind_(kind),
      path_(path),
      file_(naming(kind, path, [&] { return std::make_unique<FrameAppender>(path); })) {}

void StatePieces::append(const std::vector<std::uint8_t>& piece) const {
    naming(kind_, path_, [&] {
        std::vector<std::uint8_t> bytes(8);
        for (unsigned i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(piece.size() >> 8 * i);
        bytes.insert(bytes.end(), piece.begin(), piece.end());
        file_->append(bytes);
    });
}

void StatePieces::finish() const {
    naming(kind_, path_, [&] { file_->sync(); });
}

void write_state_file(const SavedState& state, const std::string& path) {
    write_state_stream(saved_state_kind, path, state, {});
}

SavedState read_state_file(const std::string& path) {
    return read_state_stream(saved_state_kind, path, nullptr);
}

SavedState parse_state(std::span<const std::uint8_t> content) {
    PlainBytes source(content);
    SavedState state = read_state(source);
    source.finish();
    return state;
}

}  // namespace calque
