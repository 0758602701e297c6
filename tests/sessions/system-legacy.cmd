* image: taskswitch.elf
* cpu: intel-skylake amd-zen4 intel-p6
* 32-bit gates, task gates, and two tasks: where the second one goes on is in its TSS.
!tss
!ldt
bp second_task
g
!gdt
!idt 6 9
!idt 7f 82
!tss
!tss 28
dg 28 38
!pte @rip
!pte 80000000
!pte 100000000
!syscallcfg
* A task gate to a segment of code, a 16-bit gate, and a TSS that is not present.
ew @idtr+40+2 8
!idt 8
eb @idtr+30+5 86
!idt 6
eb @gdtr+38+5 9
!tss 38
