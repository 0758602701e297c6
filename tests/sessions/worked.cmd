* image: syscall64.elf --user syscall64-user.elf
* cpu: intel-skylake amd-zen4
* A system call, from the instruction that makes it to its return. First to the user program:
bp user_main
g
* Into the next system call. The line says which rules made it; the fields that changed follow.
tsys
* CS and SS came from STAR, not from the descriptors that stand there:
dg @cs
dg @ss
* The GS base is still the program's. A breakpoint can stand on the SWAPGS; the guest cannot notice.
bp @rip
r gs.base
t
r gs.base
* On to the return to user mode, whatever is called on the way.
tring
!why
bl
