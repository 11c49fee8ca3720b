// How the guest's network is connected to the host's.
#pragma once

#include "machine/config.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace calque {

struct NetworkOptions {
    /// A port of the host's loopback address whose connections go to the guest.
    struct Forward {
        bool udp = false;
        std::uint16_t host_port = 0;
        std::uint16_t guest_port = 0;
    };

    bool user = false;
    std::vector<Forward> forwards;
    std::string tftp;                ///< a folder that the guest's boot loaders may read by TFTP; empty: none
    std::string bootfile;            ///< the boot file's name or URL that DHCP tells
    std::string capture;             ///< where all frames are written; empty: nowhere
    std::int64_t capture_start = 0;  ///< the date at guest time 0, in seconds since 1970
};

/// True if this build can do `--net user`.
bool user_networking();

/// `none` or `user[,forward=tcp|udp:HOSTPORT:GUESTPORT]...[,tftp=FOLDER][,bootfile=NAME]`. Throws UsageError.
void parse_net(std::string_view text, NetworkOptions& options);

/// A model's name. Throws UsageError.
NicModel parse_nic(std::string_view text);

}  // namespace calque
