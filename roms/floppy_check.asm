; The boot sector of a 1.44 MB floppy disk that uses the BIOS's INT 13h on the drive it comes from. A line on port
; E9h for each call: its name, AH, and the sum of the bytes in the buffer. Ends the run through port F4h, status 1.
BUFFER_SEGMENT   equ 0x1000
SECTORS          equ 18
FORMAT_CYLINDER  equ 41
DEBUG_PORT       equ 0xE9
EXIT_PORT        equ 0xF4

    bits 16
    org 0x7C00

; call_bios NAME, AX, cylinder, head, sector, what the buffer is filled with before
%macro call_bios 6
    db %6
    dw %2
    db %5, %3, %4, %1, 0
%endmacro

start:
    jmp 0:.flat
.flat:
    cld
    xor ax, ax
    mov ds, ax
    mov ss, ax
    mov sp, start
    mov [drive], dl
    mov si, calls
.next:
    call make_call
    cmp si, calls.end
    jb .next
    xor al, al
    out EXIT_PORT, al
    cli
    hlt

; SI: the call, moved on to the next one.
make_call:
    mov ax, BUFFER_SEGMENT
    mov es, ax
    lodsb
    xor di, di
    mov cx, SECTORS * 512
    rep stosb
    lodsw
    mov bp, ax
    cmp ah, 5
    jne .address
    call write_addresses
.address:
    lodsw
    mov cx, ax
    lodsb
    mov dh, al
    mov dl, [drive]
    xor bx, bx
    mov ax, bp
    push si
    int 0x13
    pop si
    push ax
    call print
    pop ax
    mov al, ah
    call print_byte
    mov al, ' '
    out DEBUG_PORT, al
    call print_sum
    mov al, 10
    out DEBUG_PORT, al
    ret

; What FORMAT TRACK wants to know of each sector: C, H, R, N.
write_addresses:
    xor di, di
    mov cl, 1
.sector:
    mov ax, FORMAT_CYLINDER
    stosw
    mov al, cl
    mov ah, 2
    stosw
    inc cl
    cmp cl, SECTORS
    jbe .sector
    ret

print_sum:
    push ds
    push si
    push es
    pop ds
    xor si, si
    xor bx, bx
    xor ax, ax
    mov cx, SECTORS * 512
.byte:
    lodsb
    add bx, ax
    loop .byte
    pop si
    pop ds
    mov al, bh
    call print_byte
    mov al, bl
%include "print_byte.inc"

; The string at SI and a space; SI moves behind it.
print:
    lodsb
    test al, al
    jz .done
    out DEBUG_PORT, al
    jmp print
.done:
    mov al, ' '
    out DEBUG_PORT, al
    ret

drive: db 0

calls:
    call_bios "reset", 0x0000, 0, 0, 0, 0
    call_bios "read", 0x0211, 0, 0, 2, 0
    call_bios "last", 0x0201, 79, 1, 18, 0
    call_bios "write", 0x0302, 40, 1, 5, 0xC3
    call_bios "verify", 0x0402, 40, 1, 5, 0
    call_bios "again", 0x0202, 40, 1, 5, 0
    call_bios "format", 0x0512, FORMAT_CYLINDER, 0, 1, 0
    call_bios "formatted", 0x0212, FORMAT_CYLINDER, 0, 1, 0
    call_bios "absent", 0x0201, 0, 0, 19, 0
.end:

    times 510 - ($ - $$) db 0
    dw 0xAA55
