// Fields with names and sizes, written, read and compared.
#include "machine/field_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace calque {

namespace {

constexpr char number_kind = 'n', bytes_kind = 'b', count_kind = 'c';

std::uint64_t load(std::span<const std::uint8_t> bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) value |= std::uint64_t{bytes[i]} << 8 * i;
    return value;
}

/// Walks a stream without knowing what it describes.
class FieldWalk {
public:
    struct Field {
        std::string_view name;
        std::span<const std::uint8_t> value;
        bool is_bytes = false;
    };

    explicit FieldWalk(std::span<const std::uint8_t> stream) : rest_(stream) {}

    bool done() const { return rest_.empty(); }
    Field next() {
        Field field;
        const char kind = static_cast<char>(take(1).front());
        const auto name = take(take(1).front());
        field.name = {reinterpret_cast<const char*>(name.data()), name.size()};
        field.is_bytes = kind == bytes_kind;
        field.value = take(kind == number_kind ? take(1).front() : kind == count_kind ? 8 : load(take(8)));
        return field;
    }

private:
    std::span<const std::uint8_t> take(std::uint64_t size) {
        if (size > rest_.size()) throw std::runtime_error("a stream of fields is damaged");
        const auto taken = rest_.first(size);
        rest_ = rest_.subspan(size);
        return taken;
    }
    std::span<const std::uint8_t> rest_;
};

/// Numbers the fields of one name that follow each other.
class PlaceCounter {
public:
    std::string label(std::string_view name) {
        place_ = name == name_ ? place_ + 1 : 0;
        name_ = name;
        return place_ ? fmt::format("{}[{}]", name, place_) : std::string(name);
    }

private:
    std::string_view name_;
    unsigned place_ = 0;
};

std::string text_of(std::span<const std::uint8_t> value, std::size_t from) {
    constexpr std::size_t most = 16;
    const auto shown = value.subspan(from).first(std::min(most, value.size() - from));
    return fmt::format("{:02x}", fmt::join(shown, " "));
}

FieldDifference difference_of(const std::string& label, const FieldWalk::Field& first,
                              const FieldWalk::Field& second) {
    if (!first.is_bytes)
        return {label, fmt::format("{:#x}", load(first.value)), fmt::format("{:#x}", load(second.value))};
    if (first.value.size() != second.value.size())
        return {label, fmt::format("{} bytes", first.value.size()),
                fmt::format("{} bytes", second.value.size())};
    const auto at =
        static_cast<std::size_t>(std::ranges::mismatch(first.value, second.value).in1 - first.value.begin());
    return {fmt::format("{}, byte {}", label, at), text_of(first.value, at), text_of(second.value, at)};
}

}  // namespace

void FieldWriter::append(std::uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i) stream_.push_back(static_cast<std::uint8_t>(value >> 8 * i));
}

void FieldWriter::begin(char kind, std::string_view name) {
    append(static_cast<std::uint8_t>(kind), 1);
    append(name.size(), 1);
    stream_.insert(stream_.end(), name.begin(), name.end());
}

void FieldWriter::number(std::string_view name, std::uint64_t& value, unsigned size) {
    begin(number_kind, name);
    append(size, 1);
    append(value, size);
}

void FieldWriter::bytes(std::string_view name, std::span<std::uint8_t> bytes) {
    begin(bytes_kind, name);
    append(bytes.size(), 8);
    stream_.insert(stream_.end(), bytes.begin(), bytes.end());
}

std::size_t FieldWriter::count(std::string_view name, std::size_t present) {
    begin(count_kind, name);
    append(present, 8);
    return present;
}

void FieldReader::fail(std::string_view name) const {
    throw std::runtime_error(
        fmt::format("{}: \"{}\" is not where this version of calque has it; the state is of another version",
                    part_, name));
}

std::span<const std::uint8_t> FieldReader::take(std::size_t size) {
    if (size > rest_.size()) throw std::runtime_error(fmt::format("{}: fields are missing", part_));
    const auto taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
}

std::uint64_t FieldReader::take_number(unsigned size) { return load(take(size)); }

void FieldReader::expect(char kind, std::string_view name) {
    if (rest_.empty()) fail(name);
    const bool same_kind = take_number(1) == static_cast<std::uint8_t>(kind);
    const auto found = take(take_number(1));
    if (!same_kind || !std::ranges::equal(found, name)) fail(name);
}

void FieldReader::number(std::string_view name, std::uint64_t& value, unsigned size) {
    expect(number_kind, name);
    if (take_number(1) != size) fail(name);
    value = take_number(size);
}

void FieldReader::bytes(std::string_view name, std::span<std::uint8_t> bytes) {
    expect(bytes_kind, name);
    if (take_number(8) != bytes.size()) fail(name);
    std::ranges::copy(take(bytes.size()), bytes.begin());
}

/// No element takes less than a byte, so a larger count is damage, not a reason to ask for memory.
std::size_t FieldReader::count(std::string_view name, std::size_t /*present*/) {
    expect(count_kind, name);
    const std::uint64_t count = take_number(8);
    if (count > rest_.size()) fail(name);
    return count;
}

void FieldReader::finish() const {
    if (!rest_.empty())
        throw std::runtime_error(
            fmt::format("{}: there are more fields than this version of calque has", part_));
}

std::vector<FieldDifference> field_differences(std::span<const std::uint8_t> first,
                                               std::span<const std::uint8_t> second, std::size_t most) {
    std::vector<FieldDifference> differences;
    FieldWalk left(first), right(second);
    PlaceCounter places;
    while (!left.done() && !right.done() && differences.size() < most) {
        const FieldWalk::Field a = left.next(), b = right.next();
        const std::string label = places.label(a.name);
        if (a.name != b.name) {
            differences.push_back({label, "there", "not there"});
            break;
        }
        if (!std::ranges::equal(a.value, b.value)) differences.push_back(difference_of(label, a, b));
    }
    return differences;
}

}  // namespace calque
