// How the guest's network is connected to the host's: the options' text.
#include "frontend/network_options.hpp"

#include "frontend/parse.hpp"
#include "frontend/usage_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace calque {

namespace {

/// Takes off what stands before the next `separator`, or all.
std::string_view take_until(std::string_view& text, char separator) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return part;
}

std::uint16_t parse_port(std::string_view text) {
    const auto port = static_cast<std::uint16_t>(parse_number(text, 0xFFFF));
    if (port == 0) throw UsageError("\"0\" is not a port");
    return port;
}

NetworkOptions::Forward parse_forward(std::string_view text) {
    std::string_view rest = text;
    const std::string_view protocol = take_until(rest, ':');
    const std::string_view host_port = take_until(rest, ':');
    if ((protocol != "tcp" && protocol != "udp") || host_port.empty() || rest.empty())
        throw UsageError(fmt::format("\"{}\" is not tcp:HOSTPORT:GUESTPORT or udp:HOSTPORT:GUESTPORT", text));
    return {.udp = protocol == "udp", .host_port = parse_port(host_port), .guest_port = parse_port(rest)};
}

void parse_setting(std::string_view text, NetworkOptions& options) {
    std::string_view value = text;
    const std::string_view name = take_until(value, '=');
    if (!value.empty() && name == "forward")
        options.forwards.push_back(parse_forward(value));
    else if (!value.empty() && name == "tftp")
        options.tftp = value;
    else if (!value.empty() && name == "bootfile")
        options.bootfile = value;
    else
        throw UsageError(fmt::format("\"{}\" is not forward=..., tftp=FOLDER or bootfile=NAME", text));
}

}  // namespace

void parse_net(std::string_view text, NetworkOptions& options) {
    std::string_view rest = text;
    const std::string_view kind = take_until(rest, ',');
    options.user = kind == "user";
    if (text == "none") return;
    if (!options.user) throw UsageError(fmt::format("\"{}\" is not user[,...] or none", text));
    while (!rest.empty()) parse_setting(take_until(rest, ','), options);
    if (text.ends_with(',')) parse_setting({}, options);
    if (!user_networking()) throw UsageError("this build has no user networking");
}

NicModel parse_nic(std::string_view text) {
    constexpr std::pair<std::string_view, NicModel> models[] = {{"rtl8139", NicModel::rtl8139},
                                                                {"ne2k_pci", NicModel::ne2k_pci},
                                                                {"ne2k_isa", NicModel::ne2k_isa},
                                                                {"none", NicModel::none}};
    for (const auto& [name, model] : models) {
        if (text == name) return model;
    }
    throw UsageError(fmt::format("\"{}\" is not one of rtl8139, ne2k_pci, ne2k_isa, none", text));
}

}  // namespace calque
