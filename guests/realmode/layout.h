/* Memory and selectors. All stacks grow down in memory of no other use. */
#ifndef GUESTS_REALMODE_LAYOUT_H
#define GUESTS_REALMODE_LAYOUT_H

#define BOOT_START  0x7c00
#define REAL_STACK  0x7c00
#define RING0_STACK 0x7000
#define V86_STACK   0x6000
#define PAGE_TABLES 0x20000  /* three, of the 64-bit part */
#define ABOVE       0x200000 /* an address that no 16-bit segment reaches */
#define MARK        0x600df00d

#define SEL_CODE32 0x08
#define SEL_DATA32 0x10
#define SEL_CODE16 0x18
#define SEL_DATA16 0x20
#define SEL_CODE64 0x28
#define SEL_TASK   0x30

/* Interrupts: the service of this kernel, and exceptions. */
#define INT_SERVICE 0x21
#define INT_DIVIDE  0
#define INT_GP      13

#endif
