/* Selectors of the gates, and what the user programs tell by INT 80h. */
#ifndef GUESTS_CALLGATE_GATES_H
#define GUESTS_CALLGATE_GATES_H

/* In the 32-bit kernel, from SEL32_FREE on. */
#define GATE_INNER      0x33 /* DPL 3, two parameters, to ring 0 */
#define GATE_SAME       0x38 /* DPL 0, of ring 0 itself */
#define CODE_CONFORMING 0x40
#define GATE_CONFORMING 0x4b /* DPL 3, to CODE_CONFORMING */

#define PARAMETER_1 0x11111111
#define PARAMETER_2 0x22222222

/* In the 64-bit kernel, 16 bytes at SEL_FREE. */
#define GATE_64 0x53 /* DPL 3, to ring 0 */

/* The number goes into EAX. */
#define CALL_STACK      0 /* EBX = by how much ESP is wrong after a return */
#define CALL_CONFORMING 1 /* EBX = CS there, ECX = CS pushed by the gate */
#define CALL_EXIT       2

#endif
