* image: syscall64.mb.elf --user syscall64-user.elf
* Types and variables; the file beside a Multiboot image has them.
lm
dt rs_boot
g kernel_main
dt rs_boot @rdi
dt syscall64!trap_frame
ptype struct trap_frame
dt modules
dt -r1 rs_boot_module modules
uf user_outs
lmvm syscall64
ln @rip
info symbol kernel_main
.sympath folder
.sympath + other
.srcpath
