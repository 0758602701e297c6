/* What differs between the 32-bit and the 64-bit kernel: nothing else does. */
#ifndef GUESTS_INT80_WIDTH_H
#define GUESTS_INT80_WIDTH_H

#ifdef __x86_64__

#include "lib/boot.h"
#include "lib/compat.h"
#include "lib/trap.h"

#define REG(name) r##name /* in a frame */
#define KERNEL_SS 0       /* a 64-bit gate makes SS null: SDM 6.14.2 */
#define USER_CS   SEL_UCODE32
#define USER_SS   SEL_UDATA
#define USER_SP   COMPAT_STACK_TOP
#define TRAP_SP   ((unsigned long)trap_stack_top)
#define START()   start_compat()
#define ENTER(program) enter_user(program, SEL_UCODE32)
#define KERNEL_ARGUMENT const struct rs_boot *boot __attribute__((unused))

#else

#include "lib/protected.h"

#define REG(name) e##name
#define KERNEL_SS SEL32_KDATA /* TSS.SS0 */
#define USER_CS   SEL32_UCODE
#define USER_SS   SEL32_UDATA
#define USER_SP   USER32_STACK_TOP
#define TRAP_SP   TRAP_STACK_TOP
#define START()   start_protected()
#define ENTER(program) enter_user(program)
#define KERNEL_ARGUMENT void
#define trap_frame trap32

#endif
#endif
