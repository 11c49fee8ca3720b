; A Multiboot image that reports what its loader handed over, as lines on port E9h, and ends the run through
; port F4h: status 1 (a byte of 0) if the magic was right, else 3.
; LOAD, its address, and ZEROS, what the loader clears behind the file, may be defined otherwise.
%ifndef LOAD
LOAD             equ 0x100000
%endif
%ifndef ZEROS
ZEROS            equ 4096
%endif
BOOTLOADER_MAGIC equ 0x2BADB002
DEBUG_PORT       equ 0xE9
EXIT_PORT        equ 0xF4

    bits 32
    org LOAD

FLAGS equ 0x10003               ; page-aligned modules, memory information, address fields
header:
    dd 0x1BADB002
    dd FLAGS
    dd -(0x1BADB002 + FLAGS)
    dd header, LOAD, file_end, bss_end, start

start:
    mov esp, stack_top
    mov ebp, ebx
    xor ecx, ecx
    cmp eax, BOOTLOADER_MAGIC
    setne cl
    push ecx
    mov esi, bss_word
    cmp dword [esi], 0          ; the loader clears what follows the file
    jne .leave
    mov eax, [ebp + 4]
    mov esi, text.lower
    call print_number_line
    mov eax, [ebp + 8]
    mov esi, text.upper
    call print_number_line
    mov esi, text.command_line
    call print
    mov esi, [ebp + 16]
    call print
    call print_newline
    call print_module
    call print_map
.leave:
    pop eax
    out EXIT_PORT, al
    cli
    hlt

print_module:
    cmp dword [ebp + 20], 0
    je .none
    mov edi, [ebp + 24]
    mov esi, text.module
    call print
    mov esi, [edi + 8]
    call print
    mov esi, [edi]
    mov edi, [edi + 4]
    sub edi, esi
    mov esi, text.size
    mov eax, edi
    jmp print_number_line
.none:
    ret

; "map: base length type" for each entry, low halves only.
print_map:
    mov edi, [ebp + 48]
    mov ebx, [ebp + 44]
    add ebx, edi
.entry:
    cmp edi, ebx
    jae .done
    mov esi, text.map
    call print
    mov eax, [edi + 4]
    call print_number
    mov eax, [edi + 12]
    call print_number
    mov eax, [edi + 20]
    call print_number
    call print_newline
    add edi, [edi]
    add edi, 4
    jmp .entry
.done:
    ret

; Prints the string at ESI, then EAX and the end of the line.
print_number_line:
    call print
    call print_number
print_newline:
    mov al, 10
    out DEBUG_PORT, al
    ret

; Prints EAX as 8 hexadecimal digits and a space.
print_number:
    mov ecx, 8
.digit:
    rol eax, 4
    push eax
    and eax, 15
    mov al, [text.digits + eax]
    out DEBUG_PORT, al
    pop eax
    loop .digit
    mov al, ' '
    out DEBUG_PORT, al
    ret

; Prints the zero-ended string at ESI; keeps EAX.
print:
    push eax
.next:
    lodsb
    test al, al
    jz .done
    out DEBUG_PORT, al
    jmp .next
.done:
    pop eax
    ret

text:
.lower:        db "lower KiB: ", 0
.upper:        db "upper KiB: ", 0
.command_line: db "command line: ", 0
.module:       db "module: ", 0
.size:         db " of ", 0
.map:          db "map: ", 0
.digits:       db "0123456789abcdef"
    align 4
file_end:

bss_word  equ file_end
stack_top equ file_end + ZEROS
bss_end   equ stack_top
