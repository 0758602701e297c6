/*
 * The tests. Each is a few instructions in ring 0 or ring 3 with a label
 * NAME_at where the saved RIP has to point: at the instruction for a fault,
 * behind it for a trap (SDM vol. 3A section 6.5).
 */
#include "faults/tests.h"

    .file   "faults/tests.S"
    .intel_syntax noprefix

/* The table of the tests, which the macros fill. */
    .section .rodata.tests, "a"
    .balign 8
    .globl  tests
tests:
    .section .rodata.tests_end, "a"
    .globl  tests_end
tests_end:

/* Begins a test; gate: a vector whose gate is to be not present meanwhile. */
.macro test name, cpl, vector, error, cr2, text, gate=ALL_GATES
    .if     \cpl
    .section .user_text, "ax"
    .else
    .text
    .endif
    .pushsection .rodata.tests, "a"
    .quad   \name, \name\()_at, \cr2
    .word   \error
    .byte   \vector, \cpl, \gate, \name\()_text_end - \name\()_text
    .word   0
    .quad   \name\()_text
    .popsection
    .pushsection .rodata.texts, "a"
\name\()_text:
    .ascii  "\text"
\name\()_text_end:
    .popsection
    .type   \name, @function
\name:
.endm

/* Ends a test: nothing has been raised. */
.macro end_test name
    int     INT_NONE
    .size   \name, . - \name
.endm

/* For a test that is one faulting instruction. */
.macro test_one name, cpl, vector, error, cr2, text, instruction:vararg
    test    \name, \cpl, \vector, \error, \cr2, "\text"
\name\()_at:
    \instruction
    end_test \name
.endm

/* For a test that is one faulting instruction with a register set before. */
.macro test_with name, cpl, vector, error, text, register, value, \
    instruction:vararg
    test    \name, \cpl, \vector, \error, 0, "\text"
    mov     \register, \value
\name\()_at:
    \instruction
    end_test \name
.endm

/* For a test that is a trap: RIP behind the instruction. */
.macro test_trap name, cpl, vector, text, instruction:vararg
    test    \name, \cpl, \vector, 0, 0, "\text"
    \instruction
\name\()_at:
    end_test \name
.endm

/* Sets a flag in RFLAGS. */
.macro set_flag flag
    pushfq
    or      dword ptr [rsp], \flag
    popfq
.endm

/* #DE, #DB, #BP */
test_with k_de, 0, VEC_DE, 0, "divide by zero", \
    ecx, 0, div ecx
test_with u_de, 3, VEC_DE, 0, "divide by zero", \
    ecx, 0, div ecx

test k_tf, 0, VEC_DB, 0, 0, "single step"
    set_flag RFLAGS_TF
    nop                         /* #DB comes behind the next instruction */
k_tf_at:
    end_test k_tf
test u_tf, 3, VEC_DB, 0, 0, "single step"
    set_flag RFLAGS_TF
    nop
u_tf_at:
    end_test u_tf

/* INT1 is no INT n: the DPL of the gate does not matter. */
test_trap k_int1, 0, VEC_DB, "int1", .byte 0xf1
test_trap u_int1, 3, VEC_DB, "int1", .byte 0xf1
test_trap k_bp, 0, VEC_BP, "int3", int3
test_trap u_bp, 3, VEC_BP, "int3", int3

/* #UD; EFER.SCE is 0 here */
test_one k_ud, 0, VEC_UD, 0, 0, "ud2", ud2
test_one u_ud, 3, VEC_UD, 0, 0, "ud2", ud2
test_one u_lock, 3, VEC_UD, 0, 0, "lock nop", .byte 0xf0, 0x90
test_one u_syscall, 3, VEC_UD, 0, 0, "syscall, SCE=0", syscall

/* #TS: the stack for the gate lies beyond the limit of the TSS */
test_one k_ts, 0, VEC_TS, SEL_TSS, 0, "IST beyond TSS", int INT_IST7
test_one u_ts, 3, VEC_TS, SEL_TSS, 0, "IST beyond TSS", int INT_IST7

/* #NP: segment; gate; gate of an exception, then with EXT = 1 */
test_with k_np, 0, VEC_NP, SEL_ABSENT, "mov ds, absent", \
    eax, SEL_ABSENT, mov ds, eax
test_with u_np, 3, VEC_NP, (SEL_ABSENT_USER - 3), "mov ds, absent", \
    eax, SEL_ABSENT_USER, mov ds, eax
test_one k_np_int, 0, VEC_NP, (INT_ABSENT * 8 + ERR_IDT), 0, \
    "int n, gate absent", int INT_ABSENT
test_one u_np_int, 3, VEC_NP, (INT_ABSENT * 8 + ERR_IDT), 0, \
    "int n, gate absent", int INT_ABSENT
test u_np_ext, 3, VEC_NP, (VEC_UD * 8 + ERR_IDT + ERR_EXT), 0, \
    "ud2, gate absent", VEC_UD
u_np_ext_at:
    ud2
    end_test u_np_ext

/* #SS: addresses by RBP and RSP; SS not present */
test_with k_ss, 0, VEC_SS, 0, "non-canonical rbp", \
    rbp, NONCANONICAL, mov eax, [rbp]
test_with u_ss, 3, VEC_SS, 0, "non-canonical push", \
    rsp, (NONCANONICAL + 8), push rax
test_with k_ss_np, 0, VEC_SS, SEL_ABSENT, "mov ss, absent", \
    eax, SEL_ABSENT, mov ss, eax

/* #GP(0) */
test_with k_gp, 0, VEC_GP, 0, "non-canonical read", \
    rbx, NONCANONICAL, mov eax, [rbx]
test_with u_gp, 3, VEC_GP, 0, "non-canonical read", \
    rbx, NONCANONICAL, mov eax, [rbx]
test k_wrmsr, 0, VEC_GP, 0, 0, "wrmsr non-canonical"
    mov     ecx, MSR_FS_BASE
    xor     eax, eax
    mov     edx, 0x80000000 /* non-canonical with 48 linear bits and with 57 */
k_wrmsr_at:
    wrmsr
    end_test k_wrmsr
test u_long, 3, VEC_GP, 0, 0, "16-byte instruction"
u_long_at:
    .fill   15, 1, 0x66
    nop
    end_test u_long
test_one u_cli, 3, VEC_GP, 0, 0, "cli", cli
test_one u_hlt, 3, VEC_GP, 0, 0, "hlt", hlt
test_one u_cr0, 3, VEC_GP, 0, 0, "mov rax, cr0", mov rax, cr0
test_one u_lidt, 3, VEC_GP, 0, 0, "lidt", lidt [rsp - 16]
test_one u_swapgs, 3, VEC_GP, 0, 0, "swapgs", swapgs
test_with u_rdmsr, 3, VEC_GP, 0, "rdmsr", \
    ecx, MSR_EFER, rdmsr
test_one u_out, 3, VEC_GP, 0, 0, "out, IOPL=0", out PORT_DEBUG, al
test_with u_ss_null, 3, VEC_GP, 0, "mov ss, null", \
    eax, 0, mov ss, eax

/* #GP(selector) */
test_with k_beyond, 0, VEC_GP, SEL_BEYOND, "mov ds, beyond GDT", \
    eax, SEL_BEYOND, mov ds, eax
test_with k_system, 0, VEC_GP, SEL_TSS, "mov ds, TSS", \
    eax, SEL_TSS, mov ds, eax
test_with k_busy, 0, VEC_GP, SEL_TSS, "ltr, busy TSS", \
    eax, SEL_TSS, ltr ax
test_with u_dpl, 3, VEC_GP, SEL_KDATA, "mov ds, kernel data", \
    eax, SEL_KDATA, mov ds, eax
test_one k_int_beyond, 0, VEC_GP, (INT_BEYOND * 8 + ERR_IDT), 0, \
    "int beyond IDT", int INT_BEYOND
test_one u_int_dpl, 3, VEC_GP, (VEC_UD * 8 + ERR_IDT), 0, \
    "int 6, DPL=0", int VEC_UD

/* #PF at CPL 0 */
test_one k_pf_r, 0, VEC_PF, 0, ABSENT, "read absent", \
    mov eax, [ABSENT]
test_one k_pf_w, 0, VEC_PF, ERR_PF_W, (ABSENT + 8), "write absent", \
    mov [ABSENT + 8], eax
test_one k_pf_wp, 0, VEC_PF, (ERR_PF_P + ERR_PF_W), USER_CONST, \
    "write read-only, WP=1", mov [USER_CONST], eax
test_one k_pf_rsv, 0, VEC_PF, (ERR_PF_P + ERR_PF_RSV), RESERVED, \
    "reserved bit", mov eax, [RESERVED]
test k_pf_x, 0, VEC_PF, ERR_PF_I, ABSENT, "fetch absent"
    .set    k_pf_x_at, ABSENT
    mov     eax, ABSENT
    jmp     rax
    end_test k_pf_x
test k_pf_nx, 0, VEC_PF, (ERR_PF_P + ERR_PF_I), USER_CONST, "fetch NX"
    .set    k_pf_nx_at, USER_CONST
    mov     eax, USER_CONST
    jmp     rax
    end_test k_pf_nx

/* #PF at CPL 3 */
test_one u_pf_r, 3, VEC_PF, ERR_PF_U, ABSENT, "read absent", \
    mov eax, [ABSENT]
test_one u_pf_w, 3, VEC_PF, (ERR_PF_U + ERR_PF_W), (ABSENT + 8), \
    "write absent", mov [ABSENT + 8], eax
test_one u_pf_ro, 3, VEC_PF, (ERR_PF_P + ERR_PF_W + ERR_PF_U), USER_CONST, \
    "write read-only", mov [USER_CONST], eax
test_one u_pf_sr, 3, VEC_PF, (ERR_PF_P + ERR_PF_U), SUPERVISOR, \
    "read supervisor", mov eax, [SUPERVISOR]
test_one u_pf_sw, 3, VEC_PF, (ERR_PF_P + ERR_PF_W + ERR_PF_U), SUPERVISOR, \
    "write supervisor", mov [SUPERVISOR], eax
test_one u_pf_rsv, 3, VEC_PF, (ERR_PF_P + ERR_PF_U + ERR_PF_RSV), RESERVED, \
    "reserved bit", mov eax, [RESERVED]
test u_pf_x, 3, VEC_PF, (ERR_PF_U + ERR_PF_I), ABSENT, "fetch absent"
    .set    u_pf_x_at, ABSENT
    mov     eax, ABSENT
    jmp     rax
    end_test u_pf_x
test u_pf_nx, 3, VEC_PF, (ERR_PF_P + ERR_PF_U + ERR_PF_I), USER_CONST, \
    "fetch NX"
    .set    u_pf_nx_at, USER_CONST
    mov     eax, USER_CONST
    jmp     rax
    end_test u_pf_nx

/* #AC; the kernel has set CR0.AM */
test u_ac, 3, VEC_AC, 0, 0, "read misaligned"
    set_flag RFLAGS_AC
u_ac_at:
    mov     eax, [rsp - 7]
    end_test u_ac

/* #DF: the page fault finds its gate not present. RIP is undefined then. */
test k_df, 0, VEC_DF, 0, ABSENT, "#PF, gate absent", VEC_PF
k_df_at:
    mov     eax, [ABSENT]
    end_test k_df
test u_df, 3, VEC_DF, 0, (ABSENT + 4), "#PF, gate absent", VEC_PF
u_df_at:
    mov     eax, [ABSENT + 4]
    end_test u_df

    .section .note.GNU-stack, "", @progbits
