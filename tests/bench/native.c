/* native.c - the C program of the bench guest on the processor under our feet: its checksum is that of every emulator.
 */
#include <stdio.h>

#include "bench/bench.h"

/* As in tools/benching/workloads.py. */
#define COUNT 3
#define CHECKSUM 0xabda567001da

int main(void)
{
	u64 checksum = run_program(COUNT);

	printf("program %d: checksum %#lx, %s\n", COUNT, checksum, checksum == CHECKSUM ? "as wanted" : "WRONG");
	return checksum != CHECKSUM;
}
