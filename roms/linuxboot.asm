; Boot ROM: loads a Linux bzImage from the firmware configuration device and enters its 16-bit set-up code,
; as the boot protocol asks of a loader. The header fields were filled in by who prepared the items.
%include "option_rom.inc"

OPTION_ROM "Calque Linux loader", boot

%include "fw_cfg.inc"

BOOT_STACK equ 0x7C00

parts:
    dw FW_CFG_SETUP_ADDR, FW_CFG_SETUP_SIZE, FW_CFG_SETUP_DATA
    dw FW_CFG_CMDLINE_ADDR, FW_CFG_CMDLINE_SIZE, FW_CFG_CMDLINE_DATA
    dw FW_CFG_KERNEL_ADDR, FW_CFG_KERNEL_SIZE, FW_CFG_KERNEL_DATA
    dw FW_CFG_INITRD_ADDR, FW_CFG_INITRD_SIZE, FW_CFG_INITRD_DATA
.end:

boot:
    cli
    cld
    xor ax, ax
    mov ss, ax
    mov sp, BOOT_STACK
    mov si, parts
    mov bp, parts.end
    call read_parts

; "Running the kernel": all data segments at the set-up code, the stack at the heap's end below the
; command line, CS 20h paragraphs further on, interrupts off.
enter_setup:
    mov ax, FW_CFG_SETUP_ADDR
    call read_number
    mov ebx, eax
    mov ax, FW_CFG_CMDLINE_ADDR
    call read_number
    sub eax, ebx
    sub eax, 16
    shr ebx, 4
    mov ds, bx
    mov es, bx
    mov fs, bx
    mov gs, bx
    mov ss, bx
    mov sp, ax
    add bx, 0x20
    push bx
    push word 0
    retf
