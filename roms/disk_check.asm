; The boot sector of a hard disk, without the partition table. A line on port E9h for each disk of the BIOS, all in
; hexadecimal: its number, CX and DX as INT 13h function 08h leaves them (the last cylinder and sector, the last head),
; AH after reading the last sector of cylinder 5 by that geometry, and that sector's first four bytes. Ends the run
; through port F4h, status 1.
BUFFER           equ 0x8000
CYLINDER         equ 5
DEBUG_PORT       equ 0xE9
EXIT_PORT        equ 0xF4

    bits 16
    org 0x7C00

start:
    jmp 0:.flat
.flat:
    cld
    xor ax, ax
    mov ds, ax
    mov ss, ax
    mov sp, start
.next:
    mov ah, 8
    mov dl, [drive]
    int 0x13
    jc .end
    mov [disks], dl
    push cx
    push dx
    mov al, [drive]
    call print_byte
    call print_space
    pop dx
    pop cx
    mov ax, cx
    call print_word
    mov ax, dx
    call print_word
    call read
    mov al, ah
    call print_byte
    call print_space
    mov si, BUFFER
    mov bp, 4
.byte:
    lodsb
    call print_byte
    dec bp
    jnz .byte
    mov al, 10
    out DEBUG_PORT, al
    inc byte [drive]
    mov al, [drive]
    sub al, 0x80
    cmp al, [disks]
    jb .next
.end:
    xor al, al
    out EXIT_PORT, al
    cli
    hlt

; CX and DX: the last cylinder, sector and head.
read:
    mov ch, CYLINDER
    and cl, 0x3F
    mov dl, [drive]
    xor bx, bx
    mov es, bx
    mov bx, BUFFER
    mov ax, 0x0201
    int 0x13
    ret

print_word:
    push ax
    mov al, ah
    call print_byte
    pop ax
    call print_byte
print_space:
    mov al, ' '
    out DEBUG_PORT, al
    ret
%include "print_byte.inc"

drive: db 0x80
disks: db 0

%if $ - $$ > 446
%error "the partition table is in the way"
%endif
    times 510 - ($ - $$) db 0
    dw 0xAA55
