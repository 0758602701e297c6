* image: syscall64.elf --user syscall64-user.elf
* The stack through a fault in the kernel, the SYSCALL around it, and the program that made it.
bp exception
g
k
kv
kp
dv
k 2
gu
k
bc *
tring
k
bp kernel.c:45
bl
info line kernel.c:45
