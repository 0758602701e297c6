/* apic.h - interrupts and NMIs that the processor sends itself by its local APIC. */
#ifndef PROBES_APIC_H
#define PROBES_APIC_H

#include "lab.h"

#define APIC 0xfee00000
#define APIC_ICR (APIC + 0x300)
#define IRQ 0x50                 /* the vector of all interrupts here */
#define ICR_SELF (0x44000 | IRQ) /* this processor, level asserted, fixed: SDM vol. 3A section 10.6.1 */
#define ICR_NMI 0x4400           /* to the APIC id in the upper half, NMI */

/* Enables the APIC; false, and told, where CPUID shows none. */
int apic_on(void);

/* Makes an interrupt pending; IF must be 0. */
void send_irq(void);

/* Takes what is still pending and ends its service, so that nothing is left for the next probe. */
void apic_drain(void);

/* A wait of many instructions: an emulator may be late with what its APIC sends. */
#define WAIT "mov ecx, 2000\n1: dec ecx\njnz 1b\n"

/* R8, R9D: where and what to write for an NMI; the first one then runs `handler` in ring 0, all others the lab's. */
void prepare_nmi(const struct code *handler);
#define SEND_NMI "mov [r8], r9d\npush rcx\n" WAIT "pop rcx\n"
/* What `handler` begins with. */
#define OWN_GATE "mov [r11], r10\n"

#endif
