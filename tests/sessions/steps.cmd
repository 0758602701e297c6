* image: sysenter32.elf
* cpu: intel-skylake intel-p6
g kernel_main
pc
tc
pt
tt
gu
tsys
psys
tsys 2
ta @eip
