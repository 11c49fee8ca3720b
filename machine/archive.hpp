// Walks the description of a state field by field, for whoever saves, loads or hashes it.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace calque {

/// Breaks any describable type down into integers and runs of bytes. `Derived` has
/// `void number(std::string_view name, std::uint64_t& value, unsigned size)`,
/// `void bytes(std::string_view name, std::span<std::uint8_t> bytes)` and
/// `std::size_t count(std::string_view name, std::size_t present)`: how many elements there are, or shall be.
template <typename Derived>
class Archive {
public:
    template <typename T>
    void operator()(std::string_view name, T& field) {
        if constexpr (std::is_enum_v<T>) {
            auto value = static_cast<std::underlying_type_t<T>>(field);
            integer(name, value);
            field = static_cast<T>(value);
        } else if constexpr (std::integral<T>) {
            integer(name, field);
        } else {
            describe(self(), field);
        }
    }
    template <typename T, std::size_t size>
    void operator()(std::string_view name, std::array<T, size>& field) {
        elements(name, std::span<T>(field));
    }
    template <typename T>
    void operator()(std::string_view name, std::vector<T>& field) {
        field.resize(self().count(name, field.size()));
        elements(name, std::span<T>(field));
    }
    void operator()(std::string_view name, std::string& field) {
        field.resize(self().count(name, field.size()));
        self().bytes(name, {reinterpret_cast<std::uint8_t*>(field.data()), field.size()});
    }

private:
    Derived& self() { return static_cast<Derived&>(*this); }

    template <std::integral T>
    void integer(std::string_view name, T& field) {
        auto value = static_cast<std::uint64_t>(field);
        self().number(name, value, sizeof(T));
        field = static_cast<T>(value);
    }
    template <typename T>
    void elements(std::string_view name, std::span<T> field) {
        if constexpr (std::same_as<T, std::uint8_t>) {
            self().bytes(name, field);
        } else {
            for (T& element : field) (*this)(name, element);
        }
    }
};

}  // namespace calque
