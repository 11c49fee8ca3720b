// Described states as bytes that say themselves what they are: each field with its name and size.
#pragma once

#include "machine/archive.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace calque {

/// Writes fields one after the other. A field is its kind, its name, and a number of 1 to 8 bytes, a run of
/// bytes, or the count of the elements that follow.
class FieldWriter final : public Archive<FieldWriter> {
public:
    void number(std::string_view name, std::uint64_t& value, unsigned size);
    void bytes(std::string_view name, std::span<std::uint8_t> bytes);
    std::size_t count(std::string_view name, std::size_t present);

    std::vector<std::uint8_t> take() { return std::move(stream_); }

private:
    void begin(char kind, std::string_view name);
    void append(std::uint64_t value, unsigned size);

    std::vector<std::uint8_t> stream_;
};

/// Reads what FieldWriter wrote. Throws std::runtime_error, one line that names the part and the field, where
/// the fields are not those expected: other names, sizes or order, too few or too many.
class FieldReader final : public Archive<FieldReader> {
public:
    FieldReader(std::string_view part, std::span<const std::uint8_t> stream) : part_(part), rest_(stream) {}

    void number(std::string_view name, std::uint64_t& value, unsigned size);
    void bytes(std::string_view name, std::span<std::uint8_t> bytes);
    std::size_t count(std::string_view name, std::size_t present);
    /// There are no more fields.
    void finish() const;

private:
    void expect(char kind, std::string_view name);
    std::span<const std::uint8_t> take(std::size_t size);
    std::uint64_t take_number(unsigned size);
    [[noreturn]] void fail(std::string_view name) const;

    std::string_view part_;
    std::span<const std::uint8_t> rest_;
};

template <typename T>
std::vector<std::uint8_t> fields_of(const T& state) {
    T copy = state;  // an archive may change what it describes
    FieldWriter writer;
    writer("", copy);
    return writer.take();
}

template <typename T>
T state_of(std::string_view part, std::span<const std::uint8_t> fields) {
    T state{};
    FieldReader reader(part, fields);
    reader("", state);
    reader.finish();
    return state;
}

/// One field of two streams of which the values differ.
struct FieldDifference {
    std::string name;  ///< with its place where there are several of that name: "gpr[4]"
    std::string first, second;
};

/// What differs, field by field, at most `most` of them. Streams of different layout differ from there on.
std::vector<FieldDifference> field_differences(std::span<const std::uint8_t> first,
                                               std::span<const std::uint8_t> second, std::size_t most);

}  // namespace calque
