// One piece of host code at a time.
#include "translator/host_assembler.hpp"

#include <stdexcept>

namespace calque {
namespace {

class Thrower final : public asmjit::ErrorHandler {
public:
    void handleError(asmjit::Error, const char* message, asmjit::BaseEmitter*) override {
        throw std::logic_error(message);
    }
};

Thrower& thrower() {
    static Thrower instance;
    return instance;
}

}  // namespace

void HostAssembler::begin(const std::uint8_t* address) {
    base_ = address;
    code_.reset();
    code_.init(asmjit::Environment::host(), reinterpret_cast<std::uint64_t>(address));
    code_.setErrorHandler(&thrower());
    code_.attach(this);
}

std::size_t HostAssembler::size() {
    code_.flatten();
    code_.resolveUnresolvedLinks();
    return code_.codeSize();
}

void HostAssembler::finish(std::uint8_t* destination) {
    code_.relocateToBase(reinterpret_cast<std::uint64_t>(base_));
    const std::size_t bytes = code_.codeSize();
    code_.copyFlattenedData(destination, bytes);
}

const std::uint8_t* HostAssembler::address_of(const Label& label) const {
    return base_ + code_.labelOffset(label);
}

}  // namespace calque
