* image: syscall64.elf --user syscall64-user.elf
* cpu: intel-skylake amd-zen4
sx
sx msr:lstar w
sxe msr:IA32_STAR rw
sxn msr:* r
sx msr:c0000084 w 47700 ff
sx cpl 3->0
sx vec gp
sx vec #PF
sx vec 80
sx vec irq
sxe ud
sx seg ss
sx seg tr
sx insn swapgs
sx port e9 w
sx port f4
bl
sxd seg ss
sxd port e9 w
bd 0
bl
g
g
g
g
g
g
bc *
bl
