; Boot ROM: loads a Multiboot (version 1) image from the firmware configuration device, completes its
; information structure with the firmware's memory map and enters it in 32-bit protected mode.
; The items: SETUP the information structure and what it points to, KERNEL the image, INITRD the module.
; The image may lie where the firmware and its stack were: it comes last, and the stack goes behind SETUP first.
%include "option_rom.inc"

OPTION_ROM "Calque Multiboot loader", boot

%include "fw_cfg.inc"

BOOT_STACK          equ 0x7C00
STACK_SIZE          equ 1024    ; room that the preparer leaves behind SETUP
BOOTLOADER_MAGIC    equ 0x2BADB002
SMAP                equ 0x534D4150
MAP_ENTRY_SIZE      equ 20
MAP_ENTRIES_MAX     equ 64      ; room that the preparer leaves at mmap_addr

; Multiboot information
INFO_MEM_LOWER      equ 4
INFO_MEM_UPPER      equ 8
INFO_MMAP_LENGTH    equ 44
INFO_MMAP_ADDR      equ 48

parts:
    dw FW_CFG_SETUP_ADDR, FW_CFG_SETUP_SIZE, FW_CFG_SETUP_DATA
.image:
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
    mov bp, parts.image
    call read_parts

    mov ax, FW_CFG_SETUP_ADDR
    call read_number
    shr eax, 4
    mov ds, ax
    mov es, ax
    call fill_memory_map
    int 0x12
    movzx eax, ax
    mov [INFO_MEM_LOWER], eax

    cli
    mov ax, FW_CFG_SETUP_SIZE
    call read_number
    add ax, STACK_SIZE
    and al, 0xFE
    mov dx, ds
    mov ss, dx
    mov sp, ax
    mov si, parts.image
    mov bp, parts.end
    call read_parts

; EBX = information, ESI = entry, then protected mode with flat segments.
enter_image:
    xor ebx, ebx
    mov bx, ds
    shl ebx, 4
    mov ax, FW_CFG_KERNEL_ENTRY
    call read_number
    mov esi, eax
    xor edi, edi
    mov di, cs
    shl edi, 4
    lea eax, [edi + flat_gdt]
    push eax
    push word flat_gdt.end - flat_gdt - 1
    mov bp, sp
    lgdt [bp]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    push dword flat_gdt.code - flat_gdt
    add edi, protected_entry
    push edi
    o32 retf

    bits 32
protected_entry:
    mov ax, flat_gdt.data - flat_gdt
    mov ds, ax
    mov es, ax
    mov fs, ax
    mov gs, ax
    mov ss, ax
    mov eax, BOOTLOADER_MAGIC
    jmp esi
    bits 16

; Fills the memory map and mem_upper in the information structure at DS:0 (ES = DS), from INT 15h E820h.
fill_memory_map:
    mov edi, [INFO_MMAP_ADDR]
    mov eax, ds
    shl eax, 4
    sub edi, eax
    mov bp, di
    xor ebx, ebx
.entry:
    mov dword [di], MAP_ENTRY_SIZE
    add di, 4
    mov eax, 0xE820
    mov edx, SMAP
    mov ecx, MAP_ENTRY_SIZE
    int 0x15
    jc .done
    cmp eax, SMAP
    jne .done
    cmp dword [di], 0x100000
    jne .count
    mov eax, [di + 8]
    shr eax, 10
    mov [INFO_MEM_UPPER], eax
.count:
    add di, MAP_ENTRY_SIZE
    movzx eax, di
    sub ax, bp
    mov [INFO_MMAP_LENGTH], eax
    cmp ax, MAP_ENTRIES_MAX * (MAP_ENTRY_SIZE + 4)
    jae .done
    test ebx, ebx
    jnz .entry
.done:
    ret
