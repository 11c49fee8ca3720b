// What makes a device fit for the board: a plain state that can be taken, put back and described.
#pragma once

#include "machine/hasher.hpp"

#include <concepts>

namespace calque {

template <typename Device>
concept Stateful =
    requires(Device& device, const Device& same, typename Device::State& state, Hasher& hasher) {
        { same.state() } -> std::convertible_to<typename Device::State>;
        device.restore(state);
        describe(hasher, state);
    };

}  // namespace calque
