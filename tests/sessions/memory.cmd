* image: callgate64.elf
* who accesses: what the processor reads and writes by itself is among it
g kernel_main
ba w8 @rsp-8 "r rip; g"
g enter_user
bd 0
* RSP0 in the TSS, which a gate to ring 0 reads, and the frame that it pushes below
ba r8 @tr.base+4
ba w8 poi(@tr.base+4)-20 2
g
g
bc *
watch @rsp-40 4
rwatch @rsp-8
awatch @rsp
bl
g
bl
bc *
s @rip L100 c3
s -a kernel_main L4000 "gate"
s -d image_start L400 1badb002
