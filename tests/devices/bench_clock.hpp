// A clock that tests turn by hand, and an archive that puts a state through its description.
#pragma once

#include "devices/clock.hpp"

#include <array>
#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

namespace calque {

class HandTimeSource final : public TimeSource {
public:
    Nanoseconds now() override { return time; }
    Nanoseconds time = 0;
};

/// Guest time that moves when told to, through every deadline on the way.
class BenchClock {
public:
    Nanoseconds now() const { return source_.time; }
    void advance_to(Nanoseconds time) {
        while (clock.next_deadline() <= time) {
            if (clock.next_deadline() > source_.time) source_.time = clock.next_deadline();
            clock.run_expired();
        }
        source_.time = time;
    }
    void advance(Nanoseconds time) { advance_to(source_.time + time); }

private:
    HandTimeSource source_;

public:
    Clock clock{source_};
};

/// Saves with `loading` false, restores with it true; counts and names what it saw.
class ListArchive {
public:
    explicit ListArchive(std::vector<std::uint64_t>& numbers, bool loading)
        : numbers_(numbers), loading_(loading) {}

    template <typename T>
    void operator()(const char* /*name*/, T& field) {
        transfer(field);
    }

private:
    template <typename T>
    void transfer(T& field) {
        if constexpr (std::is_enum_v<T> || std::is_arithmetic_v<T>) {
            if (loading_)
                field = static_cast<T>(numbers_.at(next_++));
            else
                numbers_.push_back(static_cast<std::uint64_t>(field));
        } else if constexpr (requires { field.resize(1); }) {
            std::uint64_t size = field.size();
            transfer(size);
            field.resize(size);
            for (auto& element : field) transfer(element);
        } else if constexpr (requires { field.begin(); }) {
            for (auto& element : field) transfer(element);
        } else {
            describe(*this, field);
        }
    }

    std::vector<std::uint64_t>& numbers_;
    bool loading_;
    std::size_t next_ = 0;
};

/// Every field of a state, in the order of its description.
template <typename State>
std::vector<std::uint64_t> listed(State state) {
    std::vector<std::uint64_t> numbers;
    ListArchive archive(numbers, false);
    describe(archive, state);
    return numbers;
}

/// What saving and loading makes of a state.
template <typename State>
State through_archive(const State& state) {
    std::vector<std::uint64_t> numbers = listed(state);
    ListArchive archive(numbers, true);
    State copy{};
    describe(archive, copy);
    return copy;
}

}  // namespace calque
