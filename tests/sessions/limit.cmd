* image: syscall64.elf --user syscall64-user.elf --max-insns 900
* exit: 0
bp /1 syscall_entry ".echo arrived"
g
g
t
