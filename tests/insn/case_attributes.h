/* case_attributes.h - segment attributes by name, for the tables of descriptors. */
#ifndef CASE_ATTRIBUTES_H
#define CASE_ATTRIBUTES_H

#define CODE64(dpl) (0xa09b | (dpl) << 5)
#define CODE32(dpl) (0xc09b | (dpl) << 5)
#define CODE16(dpl) (0x009b | (dpl) << 5)
#define DATA32(dpl) (0xc093 | (dpl) << 5)
#define DATA16(dpl) (0x0093 | (dpl) << 5)
#define BYTES 0x8000u  /* XORed: a limit in bytes */
#define ABSENT 0x0080u /* XORed: not present */
#define CLEAN 0x0001u  /* XORed: not accessed */

#endif
