* image: syscall64.elf --user syscall64-user.elf
* passes, conditions, commands, and commands that let the guest go on
bp syscall_entry 3 "r rax; g"
bp /w "@rax==3" syscall_entry+3
sx insn sysret "r rcx; j @rax==2 '.echo two; g' ; '.echo other'"
bl
g
g
bc *
tbreak syscall_exit
bl
g
bl
bp syscall_entry
ignore 0 1
condition 0 @rax > 0 and @cpl == 0
commands 0 "r rax"
bl
g
.if (@rax==0) { .echo nothing } .elsif (@rax == 1 || @rax == 2) { .echo one or two; r rip } .else { .echo many }
.if (@rax>100) { .echo many }
j (@rax & 1) .echo odd ; .echo even
bm call_* 2
bl
bc *
bu nowhere_yet
bl
